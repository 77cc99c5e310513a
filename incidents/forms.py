"""What people fill in about incidents; the verbs have the last word."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents.models import (
    ComponentState,
    Phase,
    StatusComponent,
)
from incidents.policies import policies
from knowledge.models import Document
from operations.models import Severity
from portal import clock
from portal.models import Access, User

TEXT = 4000  # characters


def severity_choices() -> list[tuple[int, str]]:
    """Each severity with what it means, so that nobody has to know it by heart."""
    return [
        (severity, f"{Severity(severity).label}: {policy.impact}. {policy.examples}.")
        for severity, policy in policies().items()
    ]


def _short_severity_choices() -> list[tuple[int, str]]:
    return [(severity.value, str(severity.label)) for severity in Severity]


class UpdateForm(forms.Form):
    phase = forms.ChoiceField(label=_("Phase"), choices=Phase.choices, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What everybody reads"),
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    next_within = forms.TypedChoiceField(
        label=_("Next update within"),
        required=False,
        choices=[
            ("", _("No promise")),
            (15, _("15 minutes")),
            (30, _("30 minutes")),
            (60, _("1 hour")),
            (120, _("2 hours")),
            (240, _("4 hours")),
            (1440, _("1 day")),
        ],
        coerce=int,
        empty_value=None,
        help_text=_("Everybody reads by when; whoever communicates is reminded of it."),
    )

    at = forms.DateTimeField(
        label=_("When"),
        required=False,
        help_text=_(
            "Empty: now. Earlier, if it should have been said then: both times are shown. "
            "Later: it goes out by itself."
        ),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(
        self, *args: Any, components: Sequence[StatusComponent] = (), **kwargs: Any
    ) -> None:
        """With a choice of state for each of these components."""
        super().__init__(*args, **kwargs)
        self.components = {f"component_{each.pk}": each for each in components}
        for name, component in self.components.items():
            self.fields[name] = forms.ChoiceField(
                label=component.name,
                required=False,
                choices=[("", _("As it is said to be")), *ComponentState.choices],
            )

    @property
    def said(self) -> dict[str, Any]:
        """What the verb is told: minutes from now have become a moment."""
        within: int | None = self.cleaned_data["next_within"]
        at = self.cleaned_data["at"]
        now = clock.now()
        is_later = at is not None and at > now
        return {
            "posted_at": None if is_later else at,
            "publish_at": at if is_later else None,
            "phase": self.cleaned_data["phase"],
            "text": self.cleaned_data["text"],
            "next_update_by": (
                (at if is_later else now) + timedelta(minutes=within) if within else None
            ),
            "components": {
                component: self.cleaned_data[name]
                for name, component in self.components.items()
                if self.cleaned_data[name]
            },
        }


class MitigateForm(forms.Form):
    how = forms.CharField(
        label=_("What helped"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    mitigated_at = forms.DateTimeField(
        label=_("When users were well again"),
        required=False,
        help_text=_("Only if that was earlier than now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
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
        field.queryset = who_may_own()


class RunbookForm(forms.Form):
    document = forms.ModelChoiceField(
        queryset=Document.objects.none(), to_field_name="slug", label=_("Runbook")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["document"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Document.objects.visible_to(user).current()


class BulkForm(forms.Form):
    """The rows that somebody ticked in the list."""

    incident = forms.TypedMultipleChoiceField(coerce=int, label=_("Incidents"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.getlist("incident") if hasattr(self.data, "getlist") else []
        field = self.fields["incident"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(pk, pk) for pk in sent[:200] if pk.isdigit() and len(pk) < 19]


def who_may_own() -> QuerySet[User]:
    return User.objects.filter(
        is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR]
    ).order_by("name")
