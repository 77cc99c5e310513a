"""Forms in which a team says what the bodies of its monitor mean."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operations import formats
from operations.formats import generic
from operations.formats.paths import LONGEST
from operations.models import Integration, IntegrationKind, Receipt, Severity

LONGEST_TABLE = 5000  # characters
LONGEST_BODY = 200_000  # characters of a body that is pasted to try the rules
SEVERITIES = {Severity(value).name.lower(): value for value in Severity.values}
LABELS = {
    "title": gettext_lazy("Title"),
    "summary": gettext_lazy("Summary"),
    "description": gettext_lazy("Description"),
    "fingerprint": gettext_lazy("Key of the alert"),
    "status": gettext_lazy("Status"),
    "severity": gettext_lazy("Severity"),
    "starts_at": gettext_lazy("Began at"),
    "ends_at": gettext_lazy("Ended at"),
    "service": gettext_lazy("Service"),
    "labels": gettext_lazy("Labels"),
    "link": gettext_lazy("Link"),
    "runbook_url": gettext_lazy("Runbook's address"),
}
NOTES = {
    "fingerprint": gettext_lazy(
        "What stays the same from the beginning of an alert to its end. Empty: its labels."
    ),
    "status": gettext_lazy("Empty: every call says that something is wrong."),
    "starts_at": gettext_lazy(
        "Only if it stays the same while the alert lasts. Empty: when the first call came."
    ),
    "service": gettext_lazy("A service's short name."),
}


class TableField(forms.CharField):
    """Words and what each stands for, one pair on a line: `word = value`."""

    def __init__(self, *, values: Mapping[str, Any], **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}))
        super().__init__(required=False, max_length=LONGEST_TABLE, **options)
        self.values = dict(values)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        words = {each: word for word, each in self.values.items()}
        return "\n".join(f"{word} = {words.get(each, each)}" for word, each in value.items())

    def clean(self, value: Any) -> dict[str, Any]:
        lines = [line.strip() for line in str(super().clean(value)).splitlines()]
        return dict(self._pair(line) for line in lines if line)

    def _pair(self, line: str) -> tuple[str, Any]:
        word, sign, value = (part.strip() for part in line.rpartition("="))
        if not sign or not word or value.lower() not in self.values:
            sentence = _("“%(line)s” is not like “word = %(value)s”.")
            values = _(" or ").join(self.values)
            raise forms.ValidationError(sentence % {"line": line[:60], "value": values})
        return word, self.values[value.lower()]


class WordsField(forms.CharField):
    """Words or phrases, one on a line."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        super().__init__(required=False, max_length=LONGEST_TABLE, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip().lower() for line in str(super().clean(value)).splitlines()]
        return list(dict.fromkeys(line for line in lines if line))


class RulesForm(forms.Form):
    """What both kinds of rules have in common: a body to try them with, and saving anyway."""

    sample = forms.ChoiceField(label=gettext_lazy("A call that came"), required=False)
    pasted = forms.CharField(
        label=gettext_lazy("Or a body of your own"),
        required=False,
        max_length=LONGEST_BODY,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    anyway = forms.BooleanField(
        label=gettext_lazy("Save although calls would not be understood any more"),
        required=False,
    )

    def __init__(self, *args: Any, samples: Iterable[Receipt], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sample"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(each.pk), f"{each.received_at:%d %b %Y, %H:%M:%S} UTC") for each in samples
        ]

    @property
    def rules(self) -> dict[str, Any]:
        raise NotImplementedError

    def fields_of_rules(self) -> list[forms.BoundField]:
        beside = {"sample", "pasted", "anyway"}
        return [field for field in self.visible_fields() if field.name not in beside]


class MappingForm(RulesForm):
    """Where in a JSON body each thing stands."""

    root = forms.CharField(
        label=gettext_lazy("List of alerts"),
        required=False,
        max_length=LONGEST,
        help_text=gettext_lazy("Empty: the body is one alert, or a list of them."),
    )

    def __init__(self, *args: Any, rules: Mapping[str, Any], **kwargs: Any) -> None:
        said = {"root": rules.get("root", ""), **rules.get("fields", {})}
        tables = {name: rules.get(name, {}) for name in ("statuses", "severities")}
        super().__init__(*args, initial=said | tables, **kwargs)
        for name in generic.FIELDS:
            self.fields[name] = forms.CharField(
                label=LABELS[name],
                required=name == "title",
                max_length=LONGEST,
                help_text=NOTES.get(name, ""),
                widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
            )
        self.fields["statuses"] = TableField(
            label=_("Words of the status"),
            values={word: word for word in (generic.FIRING, generic.RESOLVED, generic.IGNORED)},
            help_text=_("One on a line, such as “broken = firing”; usual words are known."),
        )
        self.fields["severities"] = TableField(
            label=_("Words of the severity"),
            values=SEVERITIES,
            help_text=_("One on a line, such as “fatal = p0”; usual words are known."),
        )

    @property
    def rules(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "root": said["root"],
            "fields": {name: said[name] for name in generic.FIELDS if said[name]},
            "statuses": said["statuses"],
            "severities": said["severities"],
        }


class MailRulesForm(RulesForm):
    """Which words of a subject say that something is wrong, or well again."""

    resolve = WordsField(
        label=gettext_lazy("It is over"),
        help_text=gettext_lazy("The first word of the subject that is in a list decides."),
    )
    open = WordsField(
        label=gettext_lazy("It begins"),
        help_text=gettext_lazy("A mail without any of the words says so, too."),
    )
    ignore = WordsField(label=gettext_lazy("It says nothing"))

    def __init__(self, *args: Any, rules: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, initial=dict(rules), **kwargs)
        self.fields["severities"] = TableField(
            label=_("Words of the severity"),
            values=SEVERITIES,
            help_text=_("One on a line, such as “fatal = p0”."),
        )

    @property
    def rules(self) -> dict[str, Any]:
        names = ("open", "resolve", "ignore", "severities")
        return {name: self.cleaned_data[name] for name in names}


def rules_form(
    integration: Integration, posted: Any, *, rules: Mapping[str, Any], samples: list[Receipt]
) -> MappingForm | MailRulesForm:
    """Return the form for the rules of this kind of integration."""
    assert formats.rules_of(integration.kind) is not None
    if integration.kind == IntegrationKind.EMAIL:
        return MailRulesForm(posted, rules=rules, samples=samples)
    return MappingForm(posted, rules=rules, samples=samples)
