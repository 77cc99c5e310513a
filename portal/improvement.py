"""The improvement board: the targets of the playbook, and where we stand."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.models import ImprovementTarget, PracticeKind, PracticeRule, User
from portal.slots import gather

LISTS = {
    PracticeKind.ALWAYS: _("Always do"),
    PracticeKind.NEVER: _("Never do"),
    PracticeKind.SUCCESS: _("Success criteria"),
}
STATES = {
    "recorded": _("Recorded"),
    "pending": _("Not recorded yet"),
    "not_applicable": _("Not applicable"),
    "invalid": _("Cannot be worked out"),
}


def board(user: User) -> list[dict[str, Any]]:
    """
    Return each target with its current figure.

    `{"target", "value", "text", "state", "state_label", "n", "url", "is_met"}`; `is_met` is
    None while there is no figure, because unknown is neither good nor bad.
    """
    figures = {figure["key"]: figure for figure in gather("improve.figures", user)}
    return [_row(target, figures.get(target.key)) for target in ImprovementTarget.objects.all()]


def _row(target: ImprovementTarget, figure: dict[str, Any] | None) -> dict[str, Any]:
    figure = figure or {"value": None, "text": "", "state": "pending", "n": 0, "url": ""}
    known = figure["state"] == "recorded" and figure["value"] is not None
    return {
        "target": target,
        "value": figure["value"] if known else None,
        "text": figure["text"] if known else "",
        "state": figure["state"],
        "state_label": STATES[figure["state"]],
        "n": figure["n"],
        "url": figure["url"],
        "is_met": is_met(target, figure["value"]) if known else None,
    }


def is_met(target: ImprovementTarget, value: Any) -> bool:
    """Whether the figure reaches the target; one that lies “below” must not equal it."""
    if target.comparison == ImprovementTarget.Comparison.AT_LEAST:
        return bool(value >= target.value)
    return bool(value < target.value)


def rules() -> list[dict[str, Any]]:
    """The rules in three lists: `{"kind", "label", "rules"}`."""
    rows = list(PracticeRule.objects.all())
    return [
        {
            "kind": kind.value,
            "label": LISTS[kind],
            "rules": [row for row in rows if row.kind == kind],
        }
        for kind in PracticeKind
    ]
