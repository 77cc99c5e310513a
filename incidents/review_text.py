"""The words of a review: its outline, and the one Markdown document that is put together."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from incidents.causal_tree import Branch, tree_of
from incidents.models import (
    CausalNode,
    Review,
    ReviewFactor,
    ReviewTemplateVersion,
    Section,
    is_required,
)
from incidents.seeds import REVIEW_SECTIONS
from knowledge.models import ActionItem

NO_ACTION = "no_action_because"
SHORT = {"date", "severity", "duration"}  # one line each
LONGEST = 20_000  # characters of a section
PUBLIC = 4000  # characters; as much as any post to the status page
CAUSE = "root_cause"  # factors and causes come after it
LAST = "prevention"  # comes after the actions


def outline(version: ReviewTemplateVersion | None) -> list[Section]:
    """Return the sections of a new review; the reference's own where no template says so."""
    rows: Any = version.sections if version else REVIEW_SECTIONS
    return [
        Section(key=row["key"], title=row["title"], hint=row["hint"], required=is_required(row))
        for row in rows
    ]


def body(review: Review, actions: Iterable[ActionItem]) -> str:
    """Return the review as one Markdown document, in the order of its outline."""
    keys = [section["key"] for section in review.outline]
    promised = f"## {_('Action items')}\n\n{_actions(review, actions)}"
    why = list(_why(review))
    parts = []
    for section in review.outline:
        if section["key"] == LAST:
            parts.append(promised)
        text = review.sections.get(section["key"], "").strip()
        parts.append(f"## {section['title']}\n\n{text or _('Nothing was written here.')}")
        if section["key"] == CAUSE:
            parts += why
    if CAUSE not in keys:
        parts += why
    if LAST not in keys:
        parts.append(promised)
    return "\n\n".join(parts)


def document(review: Review, actions: Iterable[ActionItem]) -> str:
    """Return the review as a file that stands by itself, with what it is about on top."""
    incident = review.incident
    head = [
        f"# {_('Post-incident review: %(incident)s') % {'incident': incident}}",
        f"- {_('Service')}: {incident.service}\n- {_('State')}: {review.get_state_display()}",
    ]
    if review.owner is not None:
        head[-1] += f"\n- {_('Owner')}: {review.owner}"
    return "\n\n".join([*head, body(review, actions)]) + "\n"


def _why(review: Review) -> Iterator[str]:
    """The contributing factors with their evidence, and the causal tree as nested lines."""
    factors = ReviewFactor.objects.filter(review=review).select_related("factor")
    if lines := [f"- **{found.factor}**: {_one_line(found.evidence)}" for found in factors]:
        yield f"## {_('Contributing factors')}\n\n" + "\n".join(lines)
    top = tree_of(CausalNode.objects.filter(review=review).select_related("factor"))
    if top is not None and top.causes:
        yield f"## {_('What caused what')}\n\n" + "\n".join(_branch(top, 0))


def _branch(branch: Branch, depth: int) -> Iterator[str]:
    yield f"{'    ' * depth}- {branch.node.text}"
    for cause in branch.causes:
        yield from _branch(cause, depth + 1)


def _actions(review: Review, actions: Iterable[ActionItem]) -> str:
    lines = [line for action in actions for line in _action(action)]
    if lines:
        return "\n".join(lines)
    return _("None: %(reason)s") % {"reason": review.sections.get(NO_ACTION, "").strip()}


def _action(action: ActionItem) -> Iterator[str]:
    yield (
        f"- [{action.title}]({action.get_absolute_url()}) "
        f"({action.owner.name}, {action.due_on:%Y-%m-%d})"
    )
    if action.verification:
        yield "    - " + _("It worked if: %(how)s") % {"how": _one_line(action.verification)}


def _one_line(text: str) -> str:
    return " ".join(text.split())
