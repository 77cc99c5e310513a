"""One form for each verb that has input."""

from typing import Any

from django import forms
from django.db.models import Case, Q, QuerySet, When
from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from knowledge.models import Document, DocumentKind
from knowledge.texts import check_body
from knowledge.writing import DocumentArea, LinkedArea
from maintenance.access import own_services, request_numbered
from maintenance.artefacts import sha256
from maintenance.models import (
    LONGEST,
    PRODUCTION,
    Authorisation,
    Category,
    Deployment,
    DeploymentResult,
    ExclusiveResource,
    MaintenanceRequest,
    Outcome,
    Reproduced,
    Rework,
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


def prose(number: int) -> LinkedArea:
    """For what pages draw as Markdown."""
    return LinkedArea(attrs={"rows": number})


def workers() -> QuerySet[User]:
    return User.objects.filter(is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR])


RECENT = 50  # deployments to choose from


class RunbookField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in its stubs alone
    """
    A runbook; `offer` says to whom.

    Offered are those that the person may read, and the chosen one, so that no edit takes it
    out unseen; it is not named to whoever may not read it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=Document.objects.none(),
            label=_("Runbook to update"),
            required=False,
            empty_label=_("None"),
            **options,
        )

    def offer(self, user: User, chosen: Document | int | None) -> None:
        pk = chosen.pk if isinstance(chosen, Document) else chosen
        readable = Q(pk__in=Document.objects.visible_to(user).values("pk"))
        current = Document.objects.current().filter(kind=DocumentKind.RUNBOOK)
        offered = current.filter(readable | Q(pk=pk))
        self.queryset = offered.annotate(
            is_readable=Case(When(readable, then=True), default=False)
        )

    def label_from_instance(self, document: Any) -> str:
        unnamed = gettext("A runbook that you may not read")
        return str(document) if document.is_readable else unnamed


class Sha256Field(forms.CharField):
    """A SHA-256 in hex; capitals and a `sha256:` before it are taken off."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=71, **options)

    def clean(self, value: Any) -> str:
        return sha256(super().clean(value) or "")


class RequestForm(forms.Form):
    """All that people write of a request; `user` says for which services they may."""

    title = forms.CharField(label=_("Title"), max_length=200)
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        empty_label=_("Choose a service"),
    )
    other_services = forms.ModelMultipleChoiceField(
        label=_("Services also touched"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        required=False,
    )
    resources = forms.ModelMultipleChoiceField(
        label=_("What it needs to itself"),
        queryset=ExclusiveResource.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("No other change has it at the same time."),
    )
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices)
    emergency = forms.BooleanField(
        label=_("Emergency"),
        required=False,
        help_text=_(
            "Corrective work that keeps the system running and cannot wait. It is reviewed "
            "afterwards, and followed up by a request that makes it right."
        ),
    )
    authorisation = forms.ChoiceField(
        label=_("Authorisation"),
        choices=[
            choice for choice in Authorisation.choices if choice[0] != Authorisation.STANDARD
        ],
        initial=Authorisation.NORMAL,
        required=False,
        help_text=_("An emergency may begin before all have decided; they decide afterwards."),
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Severity.choices, coerce=int, initial=Severity.P3
    )
    reason = forms.CharField(label=_("Why"), max_length=5000, widget=prose(4))
    plan = forms.CharField(
        label=_("Plan"),
        max_length=20000,
        required=False,
        widget=prose(8),
        help_text=_("What will be done, step by step. Markdown."),
    )
    test_evidence = forms.CharField(
        label=_("Test evidence"),
        max_length=5000,
        required=False,
        widget=prose(3),
        help_text=_("What was tested, where, and with which result."),
    )
    rollback_plan = forms.CharField(
        label=_("Rollback plan"),
        max_length=10000,
        required=False,
        widget=prose(4),
        help_text=_("How to get back, and how long that takes."),
    )
    planned_start = forms.DateTimeField(
        label=_("Planned start"), required=False, widget=Moment()
    )
    planned_end = forms.DateTimeField(label=_("Planned end"), required=False, widget=Moment())
    prepare_minutes = forms.IntegerField(
        label=_("Preparation (minutes)"), required=False, min_value=0, max_value=LONGEST
    )
    rollback_minutes = forms.IntegerField(
        label=_("Time to roll back (minutes)"),
        required=False,
        min_value=0,
        max_value=LONGEST,
        help_text=_("The planned time and this must fit before the next freeze."),
    )
    environment = forms.CharField(
        label=_("Environment"), max_length=40, required=False, initial=PRODUCTION
    )
    artefact_sha256 = Sha256Field(
        label=_("Artefact (SHA-256)"),
        required=False,
        help_text=_(
            "The deploy gate lets this artefact through, and no other; without one, nothing."
        ),
    )
    announces = forms.BooleanField(
        label=_("Announce it on the status page, and hold alerts meanwhile"),
        required=False,
        help_text=_("As a window of its time, from when it is scheduled until the work ends."),
    )
    implementer = forms.ModelChoiceField(
        label=_("Who is to carry it out"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Not decided"),
    )
    runbook = RunbookField(
        help_text=_("With a runbook here, the request closes only with a new revision of it."),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, queryset in [
            ("service", own_services(user)),
            ("other_services", self._kept(Service, "slug", "other_services", user)),
            ("resources", self._kept(ExclusiveResource, "pk", "resources", user)),
            ("implementer", workers()),
        ]:
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a field of choices
        self.fields["runbook"].offer(user, self.initial.get("runbook"))  # type: ignore[attr-defined]  # as above

    def _kept(self, model: Any, key: str, name: str, user: User) -> QuerySet[Any]:
        """Those in use, and those that are chosen already: no edit takes them out unseen."""
        chosen = Q(**{f"{key}__in": self.initial.get(name) or []})
        rows: QuerySet[Any] = model.objects.visible_to(user)
        return rows.filter(Q(retired_at=None) | chosen)

    def clean_environment(self) -> str:
        return self.cleaned_data["environment"].strip() or PRODUCTION

    def clean_authorisation(self) -> str:
        return self.cleaned_data["authorisation"] or Authorisation.NORMAL

    def clean_prepare_minutes(self) -> int:
        return self.cleaned_data["prepare_minutes"] or 0

    def clean_rollback_minutes(self) -> int:
        return self.cleaned_data["rollback_minutes"] or 0

    def clean(self) -> dict[str, Any]:
        start, end = (
            self.cleaned_data.get("planned_start"),
            self.cleaned_data.get("planned_end"),
        )
        if self.cleaned_data.get("emergency") and (
            self.cleaned_data.get("category") != Category.CORRECTIVE
        ):
            self.add_error("emergency", _("Only corrective work can be an emergency."))
        if "planned_start" not in self.errors and "planned_end" not in self.errors:
            if bool(start) != bool(end):
                missing = "planned_end" if start else "planned_start"
                self.add_error(missing, _("Give both ends of the planned time, or neither."))
            elif start and end <= start:
                self.add_error("planned_end", _("It must end after it starts."))
        return self.cleaned_data


class NewRequestForm(RequestForm):
    """With as much of the analysis as approvers need, so that one page is enough."""

    impact = forms.CharField(
        label=_("What it touches"),
        max_length=3000,
        required=False,
        widget=rows(3),
        help_text=_("Services, data, interfaces, documents, users; needed before approval."),
    )
    reproduced = forms.ChoiceField(
        label=_("Was the fault reproduced?"),
        choices=[("", _("Not said yet")), *Reproduced.choices],
        required=False,
        help_text=_("Corrective work says so before its approval."),
    )
    reproduced_how = forms.CharField(
        label=_("How, or why not"), max_length=3000, required=False, widget=rows(2)
    )


class EditForm(RequestForm):
    """A standard change stays one unless somebody says otherwise."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.initial.get("authorisation") == Authorisation.STANDARD:
            self.fields["authorisation"].choices = Authorisation.choices  # type: ignore[attr-defined]  # a field of choices

    def clean_authorisation(self) -> str:
        given: str = self.cleaned_data["authorisation"]
        return given or self.initial.get("authorisation", Authorisation.NORMAL)


class BallotForm(forms.Form):
    """On which plan somebody decides, in which step, and for whom if not for themselves."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    step = forms.CharField(max_length=8, required=False, widget=forms.HiddenInput)
    on_behalf_of = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["on_behalf_of"].queryset = workers()  # type: ignore[attr-defined]  # a field of choices


class ApproveForm(BallotForm):
    reason = forms.CharField(label=_("Remark"), max_length=2000, required=False, widget=rows(2))


class RejectForm(BallotForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=rows(3),
        help_text=_("What would have to be different?"),
    )


class BreakGlassForm(forms.Form):
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why it cannot wait for those who decide"), max_length=2000, widget=rows(3)
    )


class RemarkForm(forms.Form):
    """For verbs that may be given a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)


class ReasonForm(forms.Form):
    """For verbs that must be given a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class AnswerForm(forms.Form):
    state = forms.ChoiceField(label=_("Answer"), choices=StepState.choices)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)
    evidence = forms.CharField(label=_("Evidence"), max_length=1000, required=False)


class VerifyForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices)
    verification = forms.CharField(
        label=_("How it was verified"), max_length=5000, widget=prose(3)
    )
    no_deployment_reason = forms.CharField(
        label=_("Why there is no deployment"),
        max_length=300,
        required=False,
        help_text=_("Only if nothing was deployed for this request."),
    )


class ReviewForm(forms.Form):
    compared = forms.CharField(
        label=_("The outcome against the plan"), max_length=5000, widget=prose(3)
    )
    deviations = forms.CharField(
        label=_("What went otherwise, and why"),
        max_length=5000,
        required=False,
        widget=prose(3),
    )
    incidents = forms.CharField(
        label=_("Incidents it caused"), max_length=2000, required=False, widget=prose(2)
    )
    lessons = forms.CharField(label=_("Lessons"), max_length=5000, widget=prose(3))


class RunbookForm(forms.Form):
    base_number = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(
        label=_("Text"),
        max_length=100_000,
        strip=False,
        widget=DocumentArea(attrs={"rows": 20}),
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
    artefact_sha256 = Sha256Field(label=_("Artefact (SHA-256)"), required=False)
    rework = forms.ChoiceField(
        label=_("Unplanned, because of"),
        choices=[("", _("Nothing: it was planned")), *Rework.choices],
        required=False,
    )
    rework_because = forms.CharField(
        label=_("Why it could not wait"), max_length=300, required=False
    )
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
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a field of choices
        self.fields["request"].user = user  # type: ignore[attr-defined]  # a field of ours

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("started_at"), self.cleaned_data.get("finished_at")
        if start and end and end < start:
            self.add_error("finished_at", _("It cannot finish before it starts."))
        return self.cleaned_data


class AskGateForm(forms.Form):
    """A question at the deploy gate, as a pipeline would ask it."""

    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        empty_label=_("Choose a service"),
    )
    environment = forms.CharField(label=_("Environment"), max_length=40, initial=PRODUCTION)
    request = forms.CharField(
        label=_("Maintenance request"),
        max_length=24,
        help_text=_("Its number, such as CHG-12."),
    )
    artefact_sha256 = Sha256Field(
        label=_("Artefact (SHA-256)"),
        help_text=_("Of what is to be put there, as sha256sum or the registry says."),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        services = Service.objects.visible_to(user).current()
        self.fields["service"].queryset = services  # type: ignore[attr-defined]  # a field of choices


class FailedForm(forms.Form):
    reason = forms.CharField(label=_("What went wrong"), max_length=300)
    failed_at = forms.DateTimeField(
        label=_("Since when"),
        required=False,
        widget=Moment(),
        help_text=_("Empty: since now."),
    )


class RecoveredForm(forms.Form):
    recovered_at = forms.DateTimeField(
        label=_("Works again since"),
        required=False,
        widget=Moment(),
        help_text=_("Empty: since now."),
    )


class RollbackForm(forms.Form):
    """Which of the earlier deployments of the same service `deployment` took back."""

    rolls_back = forms.ModelChoiceField(
        label=_("Takes back"),
        queryset=Deployment.objects.none(),
        empty_label=_("Choose a deployment"),
    )
    reason = forms.CharField(label=_("Why"), max_length=300)

    def __init__(self, *args: Any, deployment: Deployment, **options: Any) -> None:
        super().__init__(*args, **options)
        earlier = Deployment.objects.filter(
            service=deployment.service_id, environment=deployment.environment
        )
        newest = earlier.exclude(pk=deployment.pk)[:RECENT].values("pk")
        choices = Deployment.objects.select_related("service").filter(pk__in=newest)
        self.fields["rolls_back"].queryset = choices  # type: ignore[attr-defined]  # a field of choices


class WindowForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=150)
    services = forms.ModelMultipleChoiceField(
        label=_("Services"), queryset=Service.objects.none(), to_field_name="slug"
    )
    starts_at = forms.DateTimeField(label=_("Starts"), widget=Moment())
    ends_at = forms.DateTimeField(label=_("Ends"), widget=Moment())
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=prose(3)
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
        self.fields["services"].queryset = own_services(user)  # type: ignore[attr-defined]  # a field of choices

    def clean_alert_behaviour(self) -> str:
        return self.cleaned_data["alert_behaviour"] or Behaviour.HOLD

    def clean_alerts_at_end(self) -> str:
        return self.cleaned_data["alerts_at_end"] or AtEnd.REPROCESS

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("The window must end after it starts."))
        return self.cleaned_data
