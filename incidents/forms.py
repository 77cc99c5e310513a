"""What people fill in about incidents; the verbs have the last word."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents.models import Phase, Review, Source
from incidents.policies import policies
from incidents.review_text import LONGEST, NO_ACTION, REQUIRED, SHORT
from knowledge.models import Document
from operations.models import Severity
from portal import clock
from portal.models import Access, Service, User

TEXT = 4000  # characters
NO_ACTION_TITLE = _("No action is needed because")
NO_ACTION_HINT = _("Only if there is none.")


def _severity_choices() -> list[tuple[int, str]]:
    """Each severity with what it means, so that nobody has to know it by heart."""
    return [
        (severity, f"{Severity(severity).label}: {policy.impact}. {policy.examples}.")
        for severity, policy in policies().items()
    ]


def _short_severity_choices() -> list[tuple[int, str]]:
    return [(severity.value, str(severity.label)) for severity in Severity]


class DeclareForm(forms.Form):
    service = forms.ModelChoiceField(
        queryset=Service.objects.current(),
        to_field_name="slug",
        label=_("What is affected"),
        empty_label=_("Choose a service"),
    )
    title = forms.CharField(
        label=_("What is wrong"),
        max_length=200,
        help_text=_("As people would say it: “Checkout fails for everybody”."),
    )
    severity = forms.TypedChoiceField(
        label=_("How bad it is"),
        choices=_severity_choices,
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("When in doubt, the graver one: it can be lowered at any time."),
    )
    source = forms.ChoiceField(
        label=_("Noticed by"), choices=Source.choices, initial=Source.TEAM
    )
    impact = forms.CharField(
        label=_("Who is affected, and how"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), max_length=TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )
    happened_at = forms.DateTimeField(
        label=_("When it happened"),
        required=False,
        help_text=_("Only if that was earlier than now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_happened_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["happened_at"]
        if at is not None and at > clock.now():
            raise forms.ValidationError(
                _("A note cannot be about the future."), "in_the_future"
            )
        return at


class UpdateForm(forms.Form):
    phase = forms.ChoiceField(label=_("Phase"), choices=Phase.choices, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What everybody reads"),
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ResolveForm(forms.Form):
    summary = forms.CharField(
        label=_("What ended it"),
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For those who meet it next time. It begins the review's “Resolution”."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is not over"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SeverityForm(forms.Form):
    severity = forms.TypedChoiceField(
        label=_("Severity"), choices=_short_severity_choices, coerce=int
    )
    because = forms.CharField(label=_("Why"), max_length=200, required=False)


class SnoozeForm(forms.Form):
    minutes = forms.TypedChoiceField(
        label=_("For"),
        choices=[
            (30, _("30 minutes")),
            (60, _("1 hour")),
            (240, _("4 hours")),
            (1440, _("1 day")),
            (10080, _("7 days")),
        ],
        coerce=int,
        help_text=_("You acknowledge it; paging starts again then."),
    )

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.cleaned_data["minutes"])


class PagePersonForm(forms.Form):
    person = forms.ModelChoiceField(
        queryset=User.objects.none(), label=_("Whom"), empty_label=_("Choose one person")
    )
    reason = forms.CharField(
        label=_("Why them"),
        max_length=200,
        required=False,
        help_text=_("It stands in the page, such as “You know the card network”."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _who_may_own()


class RunbookForm(forms.Form):
    document = forms.ModelChoiceField(
        queryset=Document.objects.current(), to_field_name="slug", label=_("Runbook")
    )


class BulkForm(forms.Form):
    """The rows that somebody ticked in the list."""

    incident = forms.TypedMultipleChoiceField(coerce=int, label=_("Incidents"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.getlist("incident") if hasattr(self.data, "getlist") else []
        field = self.fields["incident"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(pk, pk) for pk in sent[:200] if pk.isdigit() and len(pk) < 19]


class SectionField(forms.CharField):
    """A section that publishing asks for; until then it may be empty."""

    def validate(self, value: Any) -> None:
        return


class ReviewForm(forms.Form):
    """One field for each section of a review, with the version that it was built on."""

    use_required_attribute = False
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"version": review.version, **review.sections}
        self.keys: list[str] = []
        for section in review.outline:
            self._add(section["key"], section["title"], section["hint"])
        self._add(NO_ACTION, NO_ACTION_TITLE, NO_ACTION_HINT)

    def _add(self, key: str, title: Any, hint: Any) -> None:
        rows = 6 if key in REQUIRED or key == "timeline" else 2
        widget = forms.TextInput() if key in SHORT else forms.Textarea(attrs={"rows": rows})
        self.fields[key] = SectionField(
            label=title,
            help_text=hint,
            required=key in REQUIRED,
            max_length=LONGEST,
            widget=widget,
        )
        self.keys.append(key)

    @property
    def sections(self) -> dict[str, str]:
        """What was written, by section; line breaks as the rest of the house has them."""
        return {
            key: self.cleaned_data[key].replace("\r\n", "\n")
            for key in self.keys
            if key in self.data
        }


class ReviewActionForm(forms.Form):
    title = forms.CharField(label=_("What is to be done"), max_length=200)
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), label=_("Owner"), empty_label=_("Choose one person")
    )
    due_on = forms.DateField(
        label=_("Due"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _who_may_own()


def _who_may_own() -> QuerySet[User]:
    return User.objects.filter(
        is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR]
    ).order_by("name")
