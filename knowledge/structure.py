"""The five parts of a runbook: which there are, where, and which its readers will miss."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge.texts import sections_of
from knowledge.variables import variables_of
from portal.markdown import find_parts, find_steps

PART_LABELS = {
    "symptoms": gettext_lazy("Symptoms"),
    "investigation": gettext_lazy("Investigation"),
    "resolution": gettext_lazy("Resolution"),
    "verification": gettext_lazy("Verification"),
    "escalation": gettext_lazy("Escalation"),
}


class MapPart(NamedTuple):
    """A part on the map; `anchor` is empty where its author gave it no heading."""

    name: str
    label: str
    title: str
    anchor: str
    is_there: bool


def map_of(body: str, html: str) -> list[MapPart]:
    """Return all five parts in their order, with the heading of each that the text has."""
    found = {part.name: part for part in find_parts(body)}
    anchors = {
        heading.text.strip(" :*").lower(): heading.anchor for heading in sections_of(html)
    }
    parts = []
    for name, label in PART_LABELS.items():
        title = found[name].title if name in found else ""
        anchor = anchors.get(title.lower(), "") if title else ""
        parts.append(MapPart(name, str(label), title, anchor, name in found))
    return parts


def hints_for(body: str) -> list[str]:
    """Return what the author of a runbook should know of what is missing in it."""
    there = {part.name for part in find_parts(body)}
    missing = [str(label) for name, label in PART_LABELS.items() if name not in there]
    hints = []
    if missing:
        sentence = _("These parts are missing: %(parts)s.")
        hints.append(sentence % {"parts": ", ".join(missing)})
    steps = find_steps(body)
    if not steps:
        hints.append(_("It has no steps: a numbered list under “Steps” or “Resolution”."))
    numbers = {0, *(step.number for step in steps)}
    sentence = _("Step %(step)s leads to step %(to)s, which is not there.")
    hints += [
        sentence % {"step": step.number, "to": branch.to}
        for step in steps
        for branch in step.branches
        if branch.to not in numbers
    ]
    return hints + variables_of(body).problems
