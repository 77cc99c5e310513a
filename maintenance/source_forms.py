"""Forms of forges that tell of deployments: their names, and how they are ours."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maintenance.access import own_services, own_teams
from maintenance.models import PRODUCTION, DeploymentSource, SourceKind
from portal.models import Service, Team, User

MOST_PAIRS = 500
LONGEST = 200  # characters of a name


class PairsField(forms.CharField):
    """Lines of `theirs = ours`, as a dictionary."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        super().__init__(max_length=50_000, required=False, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{theirs} = {ours}" for theirs, ours in value.items())
        return value

    def clean(self, value: Any) -> Any:
        return pairs_of(super().clean(value))


def pairs_of(text: str) -> dict[str, str]:
    """Read lines of `theirs = ours`; raises `ValidationError` that names the line."""
    pairs: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        theirs, sign, ours = (part.strip() for part in line.partition("="))
        if not (theirs and sign and ours) or max(len(theirs), len(ours)) > LONGEST:
            sentence = _("Line %(number)s is not “theirs = ours”.")
            raise ValidationError(sentence % {"number": number}, "not_a_pair")
        pairs[theirs] = ours
    if len(pairs) > MOST_PAIRS:
        raise ValidationError(_("At most 500 lines."), "too_many")
    return pairs


def check_repositories(repositories: dict[str, str], user: User) -> None:
    """Raise `ValidationError` unless each is given to a service that the person works on."""
    mine = set(own_services(user).values_list("slug", flat=True))
    if unknown := sorted(set(repositories.values()) - mine):
        sentence = _("You work on no service with the short name %(names)s.")
        raise ValidationError(sentence % {"names": ", ".join(unknown)}, "unknown_service")


class SourceForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    service = forms.ModelChoiceField(
        label=gettext_lazy("Service"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("None: only the repositories below"),
        help_text=gettext_lazy("For every repository that is not named below."),
    )
    repositories = PairsField(
        label=gettext_lazy("Repositories"),
        help_text=gettext_lazy("One a line: octo/shop = the service's short name."),
    )
    environments = PairsField(
        label=gettext_lazy("Environments"),
        help_text=gettext_lazy("One a line: prod = production. Others keep their names."),
    )
    pipeline = forms.CharField(
        label=gettext_lazy("Workflow or pipeline that deploys"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "Only if the forge knows no deployments: the name of the workflow that is one."
        ),
    )
    pipeline_environment = forms.CharField(
        label=gettext_lazy("It deploys to"), max_length=40, initial=PRODUCTION
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.fields["service"].queryset = own_services(user)  # type: ignore[attr-defined]  # a field of choices

    def clean_repositories(self) -> dict[str, str]:
        repositories: dict[str, str] = self.cleaned_data["repositories"]
        check_repositories(repositories, self.user)
        return repositories


class NewSourceForm(SourceForm):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=SourceKind.choices)
    team = forms.ModelChoiceField(
        label=gettext_lazy("Team"),
        queryset=Team.objects.none(),
        to_field_name="slug",
        empty_label=gettext_lazy("Choose a team"),
    )
    field_order = ("name", "kind", "team")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, user=user, **options)
        self.fields["team"].queryset = own_teams(user)  # type: ignore[attr-defined]  # a field of choices


def initial_of(source: DeploymentSource) -> dict[str, Any]:
    return {
        "name": source.name,
        "service": source.service.slug if source.service else "",
        "repositories": source.repositories,
        "environments": source.environments,
        "pipeline": source.pipeline,
        "pipeline_environment": source.pipeline_environment,
    }
