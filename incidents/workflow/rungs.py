"""The steps of a policy: drawn, changed, moved and removed, with the policy held."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.conditions import read
from incidents.drawing import Rung, Target
from incidents.models import EscalationPolicy, PolicyStep, StepTarget, Strategy
from incidents.models.escalation import MOST_STEPS
from operations.business_hours import Unreadable
from operations.models import Schedule
from portal import events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Channel, Team, User
from portal.models.tracked import delete_as
from portal.workflow.saving import add, locked, set_fields, wrong


@transaction.atomic
def set_rungs(
    policy: EscalationPolicy, rungs: Sequence[Rung], *, actor: User | None
) -> EscalationPolicy:
    """Draw all steps anew, in this order."""
    row = locked(policy)
    for step in row.steps.order_by("order"):
        delete_as(step, actor)
    draw(row, rungs, actor=actor)
    _changed(row, actor, what=_("all steps"))
    return row


def draw(policy: EscalationPolicy, rungs: Sequence[Rung], *, actor: User | None) -> None:
    """Write the first steps of a policy that is held or new."""
    for order, rung in enumerate(rungs, start=1):
        _write(_new_step(policy, order), rung, actor)


@transaction.atomic
def add_step(policy: EscalationPolicy, rung: Rung, *, actor: User | None) -> PolicyStep:
    """Draw one more step above the others."""
    row = locked(policy)
    step = _write(_new_step(row, row.steps.count() + 1), rung, actor)
    _changed(row, actor, what=_("step %(n)d added") % {"n": step.order})
    return step


@transaction.atomic
def change_step(step: PolicyStep, rung: Rung, *, actor: User | None) -> PolicyStep:
    row = locked(step.policy)
    fresh = _step_of(row, step)
    _write(fresh, rung, actor)
    _changed(row, actor, what=_("step %(n)d changed") % {"n": fresh.order})
    return fresh


@transaction.atomic
def move_step(step: PolicyStep, *, by: int, actor: User | None) -> None:
    """Change places with the step before (`by` -1) or after (`by` 1) it."""
    row = locked(step.policy)
    fresh = _step_of(row, step)
    other = row.steps.filter(order=fresh.order + by).first()
    if other is None:
        raise refuse("at_the_end", _("There is no step to change places with."))
    before, after = fresh.order, other.order
    for moved, order in ((fresh, MOST_STEPS + 1), (other, before), (fresh, after)):
        set_fields(moved, {"order": order}, actor=actor)
    _changed(row, actor, what=_("step %(n)d moved") % {"n": before})


@transaction.atomic
def remove_step(step: PolicyStep, *, actor: User | None) -> None:
    row = locked(step.policy)
    gone = _step_of(row, step)
    order = gone.order
    delete_as(gone, actor)
    for later in row.steps.filter(order__gt=order).order_by("order"):
        set_fields(later, {"order": later.order - 1}, actor=actor)
    _changed(row, actor, what=_("step %(n)d removed") % {"n": order})


def _new_step(policy: EscalationPolicy, order: int) -> PolicyStep:
    if order > MOST_STEPS:
        sentence = _("A policy has %(n)d steps at most.") % {"n": MOST_STEPS}
        raise refuse("too_many_steps", sentence)
    return PolicyStep(policy=policy, order=order)


def _step_of(policy: EscalationPolicy, step: PolicyStep) -> PolicyStep:
    """The step as it is now, given that its policy is held."""
    fresh = policy.steps.filter(pk=step.pk).first()
    if fresh is None:
        raise refuse("step_gone", _("Somebody has removed this step meanwhile."))
    return fresh


def _write(step: PolicyStep, rung: Rung, actor: User | None) -> PolicyStep:
    """Check and save a step with its targets."""
    if reasons := why_not_drawn(rung):
        raise TransitionNotAllowed(reasons)
    _check_conditions(rung)
    fields = {
        "delay_minutes": rung.delay_minutes,
        "strategy": Strategy(rung.strategy),
        "conditions": list(rung.conditions),
    }
    if step._state.adding:
        for name, value in fields.items():
            setattr(step, name, value)
        add(step, actor=actor)
    else:
        set_fields(step, fields, actor=actor)
        for target in step.targets.all():
            delete_as(target, actor)
    for wanted in rung.targets:
        add(_target(step, wanted), actor=actor)
    return step


def why_not_drawn(rung: Rung) -> list[Refusal]:
    """Return every reason why a step cannot be: it could never reach anybody."""
    if not rung.targets:
        return [
            Refusal("no_target", _("This step names nobody."), _("Choose whom it is to tell."))
        ]
    reasons = []
    for target in rung.targets:
        named = target.named
        if isinstance(named, User) and not named.may_work:
            sentence = _("%(name)s has no access for work and could not acknowledge.")
            reasons.append(Refusal("cannot_work", sentence % {"name": named}))
        if isinstance(named, Channel) and not named.is_active:
            sentence = _("The channel “%(name)s” is switched off.")
            reasons.append(Refusal("channel_off", sentence % {"name": named}))
    return reasons


def _check_conditions(rung: Rung) -> None:
    for condition in rung.conditions:
        try:
            read(condition)
        except Unreadable as error:
            raise wrong("conditions", str(error)) from error


def _target(step: PolicyStep, wanted: Target) -> StepTarget:
    target = StepTarget(step=step, kind=wanted.kind)
    if isinstance(wanted.named, User):
        target.person = wanted.named
    elif isinstance(wanted.named, Schedule):
        target.schedule = wanted.named
    elif isinstance(wanted.named, Team):
        target.team = wanted.named
    elif isinstance(wanted.named, Channel):
        target.channel = wanted.named
    return target


def _changed(policy: EscalationPolicy, actor: User | None, *, what: str) -> None:
    events.record("escalation_policy.changed", policy, actor=actor, what=what)
