"""One form for each verb that has input."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from knowledge.models import (
    FIRST_SPACE,
    REVIEWABLE,
    Column,
    DocumentKind,
    Priority,
    Space,
)
from knowledge.proofs import Proof
from knowledge.texts import check_body
from knowledge.writing import DocumentArea
from portal.models import Access, Service, Team, User

MOST_AT_ONCE = 10  # files of one form
LONGEST_BODY = 100_000  # characters; portal.markdown counts bytes, and says so


class Day(forms.DateInput):
    """A date picker; browsers want the ISO form whatever the reader's language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class NamesField(forms.CharField):
    """Names, one a line or with commas between, as a list."""

    widget: forms.Widget = forms.Textarea(attrs={"rows": 2})

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
        widget=DocumentArea(attrs={"rows": 24}),
        validators=[check_body],
        help_text=_(
            "Markdown. What people tick off are the items of the lists under “Steps”, or"
            " without that heading, of those under Investigation, Resolution and Verification."
        ),
    )
    message = forms.CharField(label=_("What changed, and why"), max_length=300, required=False)


class RevisionForm(WordsForm):
    # Kept by the browser with the words, so that they are never put on top of another revision.
    base_number = forms.IntegerField(
        min_value=0, widget=forms.HiddenInput(attrs={"data-draft-keep": ""})
    )


class DraftForm(forms.Form):
    """What was typed so far; it need not be fit to be drawn."""

    base_number = forms.IntegerField(min_value=0)
    title = forms.CharField(max_length=200, required=False)
    body = forms.CharField(max_length=LONGEST_BODY, required=False, strip=False)


class TagsField(NamesField):
    """Short words, in small letters."""

    widget = forms.TextInput()

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class AboutForm(forms.Form):
    """Where a document lies, who owns it and what it is about."""

    space = forms.ModelChoiceField(
        label=_("Space"),
        queryset=Space.objects.none(),
        required=False,
        to_field_name="slug",
        empty_label=None,
        help_text=_("Whoever reads the space reads the document."),
    )
    team = forms.ModelChoiceField(
        label=_("Owner team"),
        queryset=Team.objects.none(),
        required=False,
        empty_label=_("None: any member may change it"),
    )
    is_team_only = forms.BooleanField(label=_("Only the owner team reads it"), required=False)
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("The team"),
        help_text=_("The one person who keeps it right, if there is one."),
    )
    services = forms.ModelMultipleChoiceField(
        label=_("Services"), queryset=Service.objects.current(), required=False
    )
    tags = TagsField(
        label=_("Tags"),
        required=False,
        max_length=50,
        help_text=_("Words to find it by, with commas between."),
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
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a field of choices
        self.fields["owner"].queryset = workers()  # type: ignore[attr-defined]  # a field of choices
        current = Q(slug=self.initial.get("space") or FIRST_SPACE)
        open_to = Space.objects.current().open_to(user).values("pk")
        seen = Space.objects.visible_to(user).filter(Q(pk__in=open_to) | current)
        self.fields["space"].queryset = seen  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("is_team_only") and not said.get("team"):
            self.add_error("is_team_only", _("Say which team owns it."))
        return said


class DocumentForm(AboutForm, WordsForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=DocumentKind.choices)

    field_order = [
        *("kind", "space", "title", "body", "team", "is_team_only", "owner", "services"),
        *("tags", "alert_names", "message"),
    ]


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once, as a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        sent = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in sent[:MOST_AT_ONCE]]


class DescribeForm(forms.Form):
    description = forms.CharField(
        label=_("What it shows"),
        max_length=300,
        required=False,
        help_text=_("For those who do not see it."),
    )


class AttachForm(DescribeForm):
    sent = FilesField(
        label=_("Files"),
        help_text=_("Up to 10 MB each. Pictures are shown; other files are downloaded."),
    )

    field_order = ["sent", "description"]


class ReplaceForm(forms.Form):
    file = forms.FileField(label=_("File"))


class ImportForm(forms.Form):
    """A folder of Markdown that comes in."""

    archive = forms.FileField(
        label=_("Zip file"),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        help_text=_("Up to 12 MB; a larger folder is brought in by an operator."),
    )
    space = forms.ModelChoiceField(label=_("Space"), queryset=Space.objects.none())
    kind = forms.ChoiceField(
        label=_("Kind, where a text does not say it"),
        choices=[("", _("Runbook where there are steps, or else how-to"))],
        required=False,
    )
    team = forms.ModelChoiceField(
        label=_("Owner team, where a text does not say it"),
        queryset=Team.objects.none(),
        required=False,
        empty_label=_("None: any member may change it"),
    )
    is_published = forms.BooleanField(
        label=_("Publish at once what needs no review"), required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a field of choices
        spaces = Space.objects.current().open_to(user)
        self.fields["space"].queryset = spaces  # type: ignore[attr-defined]  # of choices
        self.fields["space"].initial = spaces.first()
        kinds = [choice for choice in DocumentKind.choices if choice[0] != "review"]
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*self.base_fields["kind"].choices, *kinds]  # type: ignore[attr-defined]


class AskForReviewForm(forms.Form):
    reviewers = forms.ModelMultipleChoiceField(
        label=_("Whom to ask"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("Nobody chosen: the owner team is asked."),
    )
    note = forms.CharField(label=_("What to look at"), max_length=500, required=False)

    def __init__(self, *args: Any, reviewers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reviewers"].queryset = reviewers  # type: ignore[attr-defined]  # of choices


class ReviewReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=500)


class ReviewPolicyForm(forms.Form):
    kinds = forms.MultipleChoiceField(
        label=_("Kinds that need a review"),
        choices=[(kind.value, kind.label) for kind in REVIEWABLE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class ChangeActionForm(forms.Form):
    title = forms.CharField(label=_("What is to be done"), max_length=200)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none())
    due_on = forms.DateField(label=_("Due"), widget=Day())
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, empty_value=None
    )
    verification = forms.CharField(
        label=_("How will we know that it worked"), max_length=500, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = workers()  # type: ignore[attr-defined]  # a field of choices
        self.fields["priority"].required = False
        self.fields["priority"].initial = Priority.NORMAL

    def clean_verification(self) -> str | None:
        """What a form does not carry at all is left as it is."""
        return str(self.cleaned_data["verification"]) if "verification" in self.data else None


class ActionForm(ChangeActionForm):
    """A new one: what is not said is as usual."""

    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.current(),
        required=False,
        empty_label=_("None"),
    )

    def clean_priority(self) -> int:
        return int(self.cleaned_data["priority"] or Priority.NORMAL)

    def clean_verification(self) -> str:
        return str(self.cleaned_data["verification"])


class ProofForm(forms.Form):
    """By what others can see that it worked: something known here, or words and a link."""

    proof_reference = forms.ChoiceField(label=_("It is proved by"), required=False)
    proof = forms.CharField(
        label=_("Proof that it was done"),
        max_length=500,
        required=False,
        help_text=_("An address or words by which others can see it."),
    )
    proof_url = forms.URLField(
        label=_("Address"), max_length=500, required=False, assume_scheme="https"
    )

    def __init__(self, *args: Any, proofs: Sequence[Proof] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["proof_reference"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("What I write below")),
            *((proof.reference, proof.label) for proof in proofs),
        ]
        if not proofs:
            del self.fields["proof_reference"]

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        if said is not None and not said.get("proof_reference") and not said.get("proof"):
            self.add_error("proof", _("Say by what others can see that it is done."))
        return said


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500)


class PostponeForm(ReasonForm):
    due_on = forms.DateField(label=_("Due instead"), widget=Day())

    field_order = ["due_on", "reason"]


class SnoozeForm(ReasonForm):
    until = forms.DateField(
        label=_("Quiet until"),
        widget=Day(),
        help_text=_("Nobody is reminded before; the due date stays."),
    )

    field_order = ["until", "reason"]


class BulkForm(forms.Form):
    """What is done to the rows that somebody ticked; each by itself."""

    ASSIGN, POSTPONE = "assign", "postpone"
    action = forms.TypedMultipleChoiceField(
        coerce=int,
        label=_("Action items"),
        error_messages={"required": _("Choose at least one action item.")},
    )
    do = forms.ChoiceField(
        label=_("Do with the chosen"),
        choices=[(ASSIGN, _("Give to")), (POSTPONE, _("Postpone to"))],
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False
    )
    due_on = forms.DateField(label=_("Due"), widget=Day(), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.getlist("action") if hasattr(self.data, "getlist") else []
        self.fields["action"].choices = [  # type: ignore[attr-defined]  # a field of choices
            (pk, pk) for pk in sent[:200] if pk.isdigit() and len(pk) < 19
        ]
        self.fields["owner"].queryset = workers()  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or {}
        needed = {self.ASSIGN: ["owner"], self.POSTPONE: ["due_on", "reason"]}
        for name in needed.get(said.get("do", ""), []):
            if not said.get(name) and name not in self.errors:
                self.add_error(name, _("This field is required."))
        return said


class RetrospectiveForm(forms.Form):
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none())
    title = forms.CharField(label=_("Title"), max_length=150)
    held_on = forms.DateField(label=_("Held on"), widget=Day())
    facilitator = forms.ModelChoiceField(label=_("Facilitator"), queryset=User.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a field of choices
        self.fields["facilitator"].queryset = workers()  # type: ignore[attr-defined]  # a field of choices


class CardForm(forms.Form):
    column = forms.ChoiceField(choices=Column.choices, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Card"), max_length=500)


class AgreedActionForm(ActionForm):
    """An action item of a retrospective: by default for somebody of its team."""

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team_workers = workers().filter(membership__team=team)
        self.fields["owner"].queryset = team_workers  # type: ignore[attr-defined]  # a field of choices
