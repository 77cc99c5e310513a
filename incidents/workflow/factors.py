"""The shared vocabulary of factors, and what each review found of them."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import CausalNode, Factor, Review, ReviewFactor
from incidents.workflow.review_saving import (
    contributes,
    ensure_written,
    locked_review,
    record_review,
)
from knowledge.models import ActionItem
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import User
from portal.models.tracked import delete_as


@transaction.atomic
def add_factor(
    *, name: str, category: str, description: str = "", actor: User | None
) -> Factor:
    """Add a word; one that is there already, however it is written, is refused."""
    factor = Factor(name=_tidy(name), category=category, description=description)
    _check_name(factor)
    factor.changed_by = actor
    factor.save()
    events.record("factor.added", factor, actor=actor)
    return factor


@transaction.atomic
def change_factor(factor: Factor, *, actor: User | None, **fields: Any) -> Factor:
    """Change a word, its category or when to use it, for every review that has it."""
    locked = _locked(factor)
    if "name" in fields:
        fields["name"] = _tidy(fields["name"])
    changes = {name: value for name, value in fields.items() if getattr(locked, name) != value}
    if not changes:
        return locked
    before = {name: getattr(locked, name) for name in changes}
    for name, value in changes.items():
        setattr(locked, name, value)
    _check_name(locked)
    _save(locked, actor, *changes)
    events.record("factor.changed", locked, actor=actor, before=before, after=changes)
    return locked


@transaction.atomic
def retire_factor(factor: Factor, *, actor: User | None) -> Factor:
    """Let nobody choose it any more; what it was found in keeps it."""
    locked = _locked(factor)
    if locked.retired_at is not None:
        raise refuse("already_retired", _("This word is retired."))
    locked.retired_at = clock.now()
    _save(locked, actor, "retired_at")
    events.record("factor.retired", locked, actor=actor)
    return locked


@transaction.atomic
def bring_back_factor(factor: Factor, *, actor: User | None) -> Factor:
    locked = _locked(factor)
    if locked.retired_at is None:
        raise refuse("not_retired", _("This word is in use."))
    locked.retired_at = locked.merged_into = None
    _save(locked, actor, "retired_at", "merged_into")
    events.record("factor.brought_back", locked, actor=actor)
    return locked


@transaction.atomic
def merge_factor(factor: Factor, *, into: Factor, actor: User | None) -> Factor:
    """
    Use one word for what had two: every review that names `factor` names `into` from now on.

    A review that named both keeps both pieces of evidence under the one word.
    """
    # In one order, so that two who merge the same two words the other way round do not wait.
    locked = {row.pk: row for row in _lock_both(factor, into)}
    if reasons := _why_not_merge(locked[factor.pk], locked[into.pk]):
        raise TransitionNotAllowed(reasons)
    old, new = locked[factor.pk], locked[into.pk]
    moved = 0
    for found in ReviewFactor.objects.filter(factor=old).select_for_update():
        _move(found, new, actor)
        moved += 1
    for node in CausalNode.objects.filter(factor=old):
        node.factor = new
        node.changed_by = actor
        node.save(update_fields=["factor"])
    for earlier in Factor.objects.filter(merged_into=old):
        earlier.merged_into = new
        _save(earlier, actor, "merged_into")
    old.retired_at, old.merged_into = old.retired_at or clock.now(), new
    _save(old, actor, "retired_at", "merged_into")
    events.record("factor.merged", old, actor=actor, what=new.name, reviews=moved)
    return new


@transaction.atomic
def name_factor(
    review: Review,
    *,
    factor: Factor,
    evidence: str,
    actions: Iterable[ActionItem] = (),
    actor: User | None,
) -> ReviewFactor:
    """
    Say that this contributed, and by what that is known; said again, it is corrected.

    `actions` are those of this review that are meant to remove it.
    """
    locked = locked_review(review)
    ensure_written(locked)
    found = ReviewFactor.objects.filter(review=locked, factor=factor).first()
    if found is None and factor.retired_at is not None:
        sentence = _("“%(factor)s” is retired.") % {"factor": factor}
        remedy = _("Use “%(other)s”.") % {"other": factor.merged_into}
        raise refuse("factor_retired", sentence, remedy if factor.merged_into else "")
    if not evidence.strip():
        raise refuse("evidence_missing", _("Say by what it is known that this contributed."))
    promised = _own_actions(locked, actions)
    if found is None:
        found = ReviewFactor(review=locked, factor=factor, added_by=actor, added_at=clock.now())
    found.evidence = evidence.strip()
    found.changed_by = actor
    found.save()
    found.actions.set(promised)
    contributes(locked, actor)
    record_review("review.factor_named", locked, actor, factor=factor.name)
    return found


@transaction.atomic
def drop_factor(found: ReviewFactor, *, actor: User | None) -> None:
    """Say that it did not contribute after all."""
    locked = locked_review(found.review)
    ensure_written(locked)
    still = ReviewFactor.objects.filter(pk=found.pk).select_related("factor").first()
    if still is None:
        raise refuse("factor_dropped", _("Somebody has taken this factor out."))
    name = still.factor.name
    delete_as(still, actor)
    contributes(locked, actor)
    record_review("review.factor_dropped", locked, actor, factor=name)


def _own_actions(review: Review, actions: Iterable[ActionItem]) -> list[ActionItem]:
    """The actions, each of which must have been promised by this review."""
    promised = list(actions)
    foreign = [one for one in promised if one.reference != review.incident.reference]
    if foreign:
        sentence = _("“%(title)s” was not promised in this review.")
        raise refuse("action_foreign", sentence % {"title": foreign[0].title})
    return promised


def _why_not_merge(factor: Factor, into: Factor) -> list[Refusal]:
    if factor.pk == into.pk:
        return [Refusal("same_factor", _("Choose another word to merge it into."))]
    if into.retired_at is not None:
        sentence = _("“%(factor)s” is retired.") % {"factor": into}
        return [Refusal("factor_retired", sentence)]
    if factor.merged_into_id is not None:
        sentence = _("“%(factor)s” was merged already.") % {"factor": factor}
        return [Refusal("already_merged", sentence)]
    return []


def _move(found: ReviewFactor, to: Factor, actor: User | None) -> None:
    other = ReviewFactor.objects.filter(review=found.review_id, factor=to).first()
    if other is None:
        found.factor = to
        found.changed_by = actor
        found.save(update_fields=["factor"])
        return
    other.evidence = f"{other.evidence}\n\n{found.evidence}"[:2000]
    other.changed_by = actor
    other.save(update_fields=["evidence"])
    other.actions.add(*found.actions.all())
    delete_as(found, actor)


def _lock_both(one: Factor, other: Factor) -> list[Factor]:
    rows = Factor.objects.select_for_update().filter(pk__in=[one.pk, other.pk])
    return list(rows.order_by("pk"))


def _locked(factor: Factor) -> Factor:
    return Factor.objects.select_for_update().get(pk=factor.pk)


def _save(factor: Factor, actor: User | None, *fields: str) -> None:
    factor.changed_by = actor
    factor.save(update_fields=fields)


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _check_name(factor: Factor) -> None:
    factor.full_clean(exclude=["merged_into"])
    same = Factor.objects.filter(name__iexact=factor.name).exclude(pk=factor.pk)
    if same.exists():
        raise ValidationError({"name": _("There is such a word already.")})
