"""One form for each verb that has input."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from knowledge.models import Document, DocumentKind
from knowledge.texts import check_body
from maintenance.access import own_services, request_numbered
from maintenance.models import (
    PRODUCTION,
    Category,
    Deployment,
    DeploymentResult,
    MaintenanceRequest,
    Outcome,
    StepState,
)
from operations.models import AtEnd, Behaviour, Severity
from portal.models import Access, Service, User


class Moment(forms.DateTimeInput):
    """A picker of date and time in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def rows(number: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": number})


def workers() -> QuerySet[User]:
    return User.objects.filter(is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR])


def runbooks() -> QuerySet[Document]:
    return Document.objects.current().filter(kind=DocumentKind.RUNBOOK)


class RequestForm(forms.Form):
    """All that people write of a request; `user` says for which services they may."""

    title = forms.CharField(label=_("Title"), max_length=200)
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        empty_label=_("Choose a service"),
    )
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices)
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Severity.choices, coerce=int, initial=Severity.P3
    )
    reason = forms.CharField(label=_("Why"), max_length=5000, widget=rows(4))
    plan = forms.CharField(
        label=_("Plan"),
        max_length=20000,
        required=False,
        widget=rows(8),
        help_text=_("What will be done, step by step. Markdown."),
    )
    test_evidence = forms.CharField(
        label=_("Test evidence"),
        max_length=5000,
        required=False,
        widget=rows(3),
        help_text=_("What was tested, where, and with which result."),
    )
    rollback_plan = forms.CharField(
        label=_("Rollback plan"),
        max_length=10000,
        required=False,
        widget=rows(4),
        help_text=_("How to get back, and how long that takes."),
    )
    planned_start = forms.DateTimeField(
        label=_("Planned start"), required=False, widget=Moment()
    )
    planned_end = forms.DateTimeField(label=_("Planned end"), required=False, widget=Moment())
    implementer = forms.ModelChoiceField(
        label=_("Who is to carry it out"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Not decided"),
    )
    runbook = forms.ModelChoiceField(
        label=_("Runbook to update"),
        queryset=Document.objects.none(),
        required=False,
        empty_label=_("None"),
        help_text=_("With a runbook here, the request closes only with a new revision of it."),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, queryset in [
            ("service", own_services(user)),
            ("implementer", workers()),
            ("runbook", runbooks()),
        ]:
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        start, end = (
            self.cleaned_data.get("planned_start"),
            self.cleaned_data.get("planned_end"),
        )
        if "planned_start" not in self.errors and "planned_end" not in self.errors:
            if bool(start) != bool(end):
                missing = "planned_end" if start else "planned_start"
                self.add_error(missing, _("Give both ends of the planned time, or neither."))
            elif start and end <= start:
                self.add_error("planned_end", _("It must end after it starts."))
        return self.cleaned_data


class EditForm(RequestForm):
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ApproveForm(forms.Form):
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Remark"), max_length=2000, required=False, widget=rows(2))


class RejectForm(forms.Form):
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=rows(3),
        help_text=_("What would have to be different?"),
    )


class RemarkForm(forms.Form):
    """For verbs that may be given a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)


class AnswerForm(forms.Form):
    state = forms.ChoiceField(choices=StepState.choices)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)


class CloseForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices)
    verification = forms.CharField(
        label=_("How it was verified"), max_length=5000, widget=rows(3)
    )
    no_deployment_reason = forms.CharField(
        label=_("Why there is no deployment"),
        max_length=300,
        required=False,
        help_text=_("Only if nothing was deployed for this request."),
    )


class RunbookForm(forms.Form):
    base_number = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(
        label=_("Text"),
        max_length=100_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 20, "class": "editor"}),
        validators=[check_body],
    )
    message = forms.CharField(label=_("What changed, and why"), max_length=300)


class NumberedRequestField(forms.CharField):
    """A request by its number, "CHG-12" or "12"; `user` says what can be found."""

    user: User

    def clean(self, value: Any) -> MaintenanceRequest | None:
        number = super().clean(value)
        if not number:
            return None
        return numbered(self.user, number)


def numbered(user: User, number: str) -> MaintenanceRequest:
    """Return the request, or raise a `ValidationError` that fits a form and the API."""
    try:
        return request_numbered(user, number)
    except Http404:
        sentence = _("There is no request %(number)s.")
        raise forms.ValidationError(sentence, "unknown", {"number": number}) from None


class DeploymentForm(forms.Form):
    """A deployment that no program told us about."""

    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        empty_label=_("Choose a service"),
    )
    version = forms.CharField(label=_("Version"), max_length=100)
    environment = forms.CharField(label=_("Environment"), max_length=40, initial=PRODUCTION)
    request = NumberedRequestField(
        label=_("Maintenance request"),
        max_length=24,
        required=False,
        help_text=_("Its number, such as CHG-12."),
    )
    result = forms.ChoiceField(
        label=_("Result"),
        choices=DeploymentResult.choices,
        initial=DeploymentResult.SUCCEEDED,
    )
    started_at = forms.DateTimeField(label=_("Started"), required=False, widget=Moment())
    finished_at = forms.DateTimeField(label=_("Finished"), required=False, widget=Moment())
    commit = forms.CharField(label=_("Commit"), max_length=64, required=False)
    rolls_back = forms.ModelChoiceField(
        label=_("Takes back"),
        queryset=Deployment.objects.none(),
        required=False,
        empty_label=_("Nothing"),
    )
    # Named in the form, so that a form sent twice records one deployment.
    external_id = forms.CharField(max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        mine = own_services(user)
        recent = Deployment.objects.filter(service__in=mine).select_related("service")
        for name, queryset in [("service", mine), ("rolls_back", recent)]:
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        self.fields["request"].user = user  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("started_at"), self.cleaned_data.get("finished_at")
        if start and end and end < start:
            self.add_error("finished_at", _("It cannot finish before it starts."))
        return self.cleaned_data


class FailedForm(forms.Form):
    reason = forms.CharField(label=_("What went wrong"), max_length=300)


class WindowForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=150)
    services = forms.ModelMultipleChoiceField(
        label=_("Services"), queryset=Service.objects.none(), to_field_name="slug"
    )
    starts_at = forms.DateTimeField(label=_("Starts"), widget=Moment())
    ends_at = forms.DateTimeField(label=_("Ends"), widget=Moment())
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=rows(3)
    )

    alert_behaviour = forms.ChoiceField(
        label=_("Alerts meanwhile"),
        choices=Behaviour.choices,
        initial=Behaviour.HOLD,
        required=False,
        help_text=_("Of these services. What is held is listed, and nobody is woken."),
    )
    alerts_at_end = forms.ChoiceField(
        label=_("What still fires at the end"),
        choices=AtEnd.choices,
        initial=AtEnd.REPROCESS,
        required=False,
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["services"].queryset = own_services(user)  # type: ignore[attr-defined]

    def clean_alert_behaviour(self) -> str:
        return self.cleaned_data["alert_behaviour"] or Behaviour.HOLD

    def clean_alerts_at_end(self) -> str:
        return self.cleaned_data["alerts_at_end"] or AtEnd.REPROCESS

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("The window must end after it starts."))
        return self.cleaned_data
