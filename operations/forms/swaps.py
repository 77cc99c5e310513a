"""Forms of shifts that change hands."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.forms.local_moments import LocalMomentField, ZonedForm
from portal import clock
from portal.models import User


class SpanForm(ZonedForm, forms.Form):
    """
    An interval by the schedule's clock that ends in the future.

    An empty beginning means now.
    """

    starts_at = LocalMomentField(label=_("From"), required=False)
    ends_at = LocalMomentField(label=_("Until"))

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_zone(zone)
        self.fields["starts_at"].help_text = _("By the clock in %(zone)s. Empty: from now.") % {
            "zone": zone
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.clean_moments(cleaned)
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if ends_at and ends_at <= clock.now():
            self.add_error("ends_at", _("This time is over already. Choose a later end."))
        elif starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("The end must be later than the beginning."))
        return cleaned


class SwapForm(SpanForm):
    """Looking for somebody: as cover, or in exchange for a time of theirs."""

    person = forms.ModelChoiceField(label=_("Whose shift"), queryset=User.objects.none())
    asked = forms.ModelChoiceField(
        label=_("Ask"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Anybody in the team"),
    )
    return_starts_at = LocalMomentField(label=_("In return, from"), required=False)
    return_ends_at = LocalMomentField(
        label=_("In return, until"),
        required=False,
        help_text=_("Only for a swap: the time of theirs that is taken in return."),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    field_order = ["person", "starts_at", "ends_at", "asked"]

    def __init__(
        self, *args: Any, givers: QuerySet[User], colleagues: QuerySet[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["person"], givers)
        _offer(self.fields["asked"], colleagues)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, end = cleaned.get("return_starts_at"), cleaned.get("return_ends_at")
        if start and not end:
            self.add_error("return_ends_at", _("Say when the time in return ends."))
        if end and not cleaned.get("asked"):
            self.add_error("asked", _("A swap needs somebody to swap with."))
        return cleaned


class TakeForm(SpanForm):
    """Taking a shift over, for oneself or, as a manager, for somebody else."""

    from_person = forms.ModelChoiceField(label=_("Whose shift"), queryset=User.objects.none())
    person = forms.ModelChoiceField(label=_("Who takes it"), queryset=User.objects.none())
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    field_order = ["from_person", "person", "starts_at", "ends_at", "reason"]

    def __init__(
        self, *args: Any, colleagues: QuerySet[User], takers: QuerySet[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["from_person"], colleagues)
        _offer(self.fields["person"], takers)


class TakerForm(forms.Form):
    """As whom a manager accepts."""

    person = forms.ModelChoiceField(label=_("Who takes it"), queryset=User.objects.none())

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["person"], people)


class NotesForm(forms.Form):
    notes = forms.CharField(
        label=_("Notes for the next one"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=5000,
        required=False,
    )


def _offer(field: forms.Field, people: QuerySet[User]) -> None:
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = people
