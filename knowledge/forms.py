"""One form for each verb that has input."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from knowledge.models import (
    Column,
    DocumentKind,
    RunbookRunState,
    StepState,
)
from knowledge.texts import check_body
from operations.models import Alert
from portal.models import Access, Service, Team, User

LONGEST_BODY = 100_000  # characters; portal.markdown counts bytes, and says so


class Day(forms.DateInput):
    """A date picker; browsers want the ISO form whatever the reader's language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class NamesField(forms.CharField):
    """Names, one a line or with commas between, as a list."""

    widget = forms.Textarea(attrs={"rows": 2})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [name.strip() for name in text.replace(",", "\n").splitlines() if name.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))

    def run_validators(self, value: Any) -> None:
        for name in value or []:
            super().run_validators(name)


def workers() -> Any:
    """Those who can own something: active people who may work."""
    return User.objects.filter(is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR])


class WordsForm(forms.Form):
    """The words of a revision."""

    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_BODY,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "editor", "spellcheck": "true"}),
        validators=[check_body],
        help_text=_(
            "Markdown. In a runbook the numbered list under “Steps” is what people tick off."
        ),
    )
    message = forms.CharField(label=_("What changed, and why"), max_length=300, required=False)


class RevisionForm(WordsForm):
    base_number = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class AboutForm(forms.Form):
    """Who owns a document and what it is about."""

    team = forms.ModelChoiceField(
        label=_("Owner team"),
        queryset=Team.objects.none(),
        required=False,
        empty_label=_("None: any member may change it"),
    )
    services = forms.ModelMultipleChoiceField(
        label=_("Services"), queryset=Service.objects.current(), required=False
    )
    alert_names = NamesField(
        label=_("Answers the alerts"),
        required=False,
        max_length=200,
        help_text=_("Names of alerts, one a line, as the monitor writes them."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class DocumentForm(AboutForm, WordsForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=DocumentKind.choices)

    field_order = ["kind", "title", "body", "team", "services", "alert_names", "message"]


class StartRunForm(forms.Form):
    """A run may be started from an alert."""

    alert = forms.ModelChoiceField(queryset=Alert.objects.all(), required=False)


class AnswerForm(forms.Form):
    state = forms.ChoiceField(choices=StepState.choices)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)


class FinishForm(forms.Form):
    state = forms.ChoiceField(choices=RunbookRunState.choices)


class ChangeActionForm(forms.Form):
    title = forms.CharField(label=_("What is to be done"), max_length=200)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none())
    due_on = forms.DateField(label=_("Due"), widget=Day())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = workers()  # type: ignore[attr-defined]


class ActionForm(ChangeActionForm):
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.current(),
        required=False,
        empty_label=_("None"),
    )


class ProofForm(forms.Form):
    proof = forms.CharField(
        label=_("Proof that it was done"),
        max_length=500,
        help_text=_("An address or words by which others can see it."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500)


class RetrospectiveForm(forms.Form):
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none())
    title = forms.CharField(label=_("Title"), max_length=150)
    held_on = forms.DateField(label=_("Held on"), widget=Day())
    facilitator = forms.ModelChoiceField(label=_("Facilitator"), queryset=User.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        self.fields["facilitator"].queryset = workers()  # type: ignore[attr-defined]


class CardForm(forms.Form):
    column = forms.ChoiceField(choices=Column.choices, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Card"), max_length=500)


class AgreedActionForm(ActionForm):
    """An action item of a retrospective: by default for somebody of its team."""

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team_workers = workers().filter(membership__team=team)
        self.fields["owner"].queryset = team_workers  # type: ignore[attr-defined]
