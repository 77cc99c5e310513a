"""
The causal tree of a review: under each thing that happened, why.

It is written in small steps, each a verb of its own under the review's lock, so that two may
draw at once. Nothing is lost by taking a box out: its causes move up to what it caused.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.causal_tree import DEEPEST, MOST_NODES, Branch, tree_of
from incidents.models import CausalNode, Factor, Review
from incidents.workflow.review_saving import (
    contributes,
    ensure_written,
    locked_review,
    record_review,
)
from portal.errors import DomainError, refuse
from portal.models import User
from portal.models.tracked import delete_as


@transaction.atomic
def add_cause(
    review: Review,
    *,
    text: str,
    under: CausalNode | None = None,
    factor: Factor | None = None,
    actor: User | None,
) -> CausalNode:
    """Say why `under` happened; without it, why the incident did, whose title is the top."""
    locked = _begin(review)
    return _add(locked, [text], under, factor, actor)[-1]


@transaction.atomic
def ask_whys(
    review: Review,
    *,
    answers: Sequence[str],
    under: CausalNode | None = None,
    actor: User | None,
) -> list[CausalNode]:
    """Answer “why?” again and again: each answer becomes the cause of the one before."""
    locked = _begin(review)
    said = [answer for answer in answers if answer.strip()]
    if not said:
        raise refuse("answer_missing", _("Answer at least the first why."))
    return _add(locked, said, under, None, actor)


@transaction.atomic
def change_cause(
    node: CausalNode, *, text: str, factor: Factor | None = None, actor: User | None
) -> CausalNode:
    locked = _begin(node.review)
    fresh = _in_tree(locked, node).node
    fresh.text = _words(text)
    fresh.factor = factor
    _save(fresh, actor, "text", "factor")
    _note("review.cause_changed", locked, actor, fresh.text)
    return fresh


@transaction.atomic
def move_cause(node: CausalNode, *, up: bool, actor: User | None) -> CausalNode:
    """Change places with the cause before or after it under the same effect."""
    locked = _begin(node.review)
    branch = _in_tree(locked, node)
    beside = [cause.node for cause in _parent_of(locked, branch).causes]
    at = [one.pk for one in beside].index(node.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(beside):
        sentence = _("It is the first already.") if up else _("It is the last already.")
        raise refuse("at_the_end", sentence)
    beside[at], beside[to] = beside[to], beside[at]
    _number(beside, actor)
    _note("review.cause_moved", locked, actor, branch.node.text)
    return branch.node


@transaction.atomic
def hang_cause(node: CausalNode, *, under: CausalNode, actor: User | None) -> CausalNode:
    """Make it, with all its causes, a cause of something else in the same tree."""
    locked = _begin(node.review)
    branch = _in_tree(locked, node)
    _parent_of(locked, branch)
    effect = _in_tree(locked, under)
    if effect.node.pk in {below.node.pk for below in branch}:
        raise refuse("own_cause", _("Nothing can be its own cause."))
    _check_depth(effect.depth + 1 + branch.height)
    branch.node.parent = effect.node
    branch.node.order = len(effect.causes)
    _save(branch.node, actor, "parent", "order")
    _note("review.cause_moved", locked, actor, branch.node.text)
    return branch.node


@transaction.atomic
def remove_cause(node: CausalNode, *, actor: User | None) -> None:
    """Take one box out; its causes take its place. The top goes last."""
    locked = _begin(node.review)
    branch = _in_tree(locked, node)
    if branch.node.parent_id is None:
        if branch.causes:
            sentence = _("The top of the tree has causes.")
            raise refuse("top_has_causes", sentence, _("Take them out first."))
        delete_as(branch.node, actor)
    else:
        parent = _parent_of(locked, branch)
        places = [
            one
            for cause in parent.causes
            for one in (branch.causes if cause.node.pk == node.pk else [cause])
        ]
        for cause in branch.causes:
            cause.node.parent = parent.node
            _save(cause.node, actor, "parent")
        delete_as(CausalNode.objects.get(pk=branch.node.pk), actor)
        _number([place.node for place in places], actor)
    _note("review.cause_removed", locked, actor, branch.node.text)


def _begin(review: Review) -> Review:
    locked = locked_review(review)
    ensure_written(locked)
    return locked


def _add(
    review: Review,
    texts: Sequence[str],
    under: CausalNode | None,
    factor: Factor | None,
    actor: User | None,
) -> list[CausalNode]:
    tree = _tree(review)
    count = sum(1 for _branch in tree) if tree else 1
    if count + len(texts) > MOST_NODES:
        sentence = _("A tree of more than %(n)d boxes cannot be read.") % {"n": MOST_NODES}
        raise refuse("tree_too_large", sentence)
    effect = _in_tree(review, under) if under else tree or Branch(_top(review, actor))
    _check_depth(effect.depth + len(texts))
    made: list[CausalNode] = []
    parent, order = effect.node, len(effect.causes)
    for text in texts:
        node = CausalNode(review=review, parent=parent, order=order, text=_words(text))
        node.factor = factor
        node.changed_by = actor
        node.save()
        made.append(node)
        parent, order = node, 0
    contributes(review, actor)
    _note("review.cause_added", review, actor, made[-1].text)
    return made


def _top(review: Review, actor: User | None) -> CausalNode:
    top = CausalNode(review=review, text=review.incident.title[:200])
    top.changed_by = actor
    top.save()
    return top


def _tree(review: Review) -> Branch | None:
    return tree_of(CausalNode.objects.filter(review=review))


def _in_tree(review: Review, node: CausalNode) -> Branch:
    """Return the node as it is now; somebody else may have taken it out meanwhile."""
    for branch in _tree(review) or ():
        if branch.node.pk == node.pk:
            return branch
    raise refuse("cause_gone", _("Somebody has taken this out of the tree."))


def _parent_of(review: Review, branch: Branch) -> Branch:
    if branch.node.parent is None:
        raise _stays_on_top()
    return _in_tree(review, branch.node.parent)


def _stays_on_top() -> DomainError:
    return refuse("top_stays", _("The top of the tree stays where it is."))


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        sentence = _("More than %(n)d levels cannot be read.") % {"n": DEEPEST}
        raise refuse("tree_too_deep", sentence)


def _number(nodes: list[CausalNode], actor: User | None) -> None:
    for order, node in enumerate(nodes):
        if node.order != order:
            node.order = order
            _save(node, actor, "order")


def _save(node: CausalNode, actor: User | None, *fields: str) -> None:
    node.changed_by = actor
    node.save(update_fields=fields)


def _words(text: str) -> str:
    words = " ".join(text.split())[:200]
    if not words:
        raise refuse("text_missing", _("Say what happened."))
    return words


def _note(kind: str, review: Review, actor: User | None, what: str) -> None:
    record_review(kind, review, actor, what=what)
