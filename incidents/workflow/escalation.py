"""
Waking people: steps with a due time, taken one by one until somebody answers.

A step is a row, so it cannot be lost: the pager process looks for due ones every second with
nothing but the database. What a step does is decided by `incidents.escalation_plan`, from the
copy of the policy that the run took when it began and from who is on call at that moment.
Step, pages, event and next step are written in one transaction, with the incident locked: a
process that dies in between leaves the step due and no page sent, two pagers wait for each
other, and a page has a key of its own, so none is sent twice.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from incidents.escalation_plan import Decision, Facts, Position, Snapshot, decide
from incidents.models import (
    EndReason,
    EscalationPolicy,
    EscalationRun,
    EscalationStep,
    Incident,
    StepState,
)
from incidents.policies import policy_of
from incidents.resolving import DatabaseResolver
from incidents.route import Route, policy_for
from incidents.snapshots import ROUND_ROBIN
from incidents.workflow import pages
from portal import clock, events
from portal.hints import later
from portal.notify import cancel
from portal.sweeping import each

DUE = StepState.DUE
LATE_AFTER = timedelta(seconds=60)


def start(
    incident: Incident, *, now: datetime, because: str = "", is_forced: bool = False
) -> None:
    """
    Begin at the first step, if the severity wakes people; what was owed before is over.

    `is_forced`: somebody asked for it, so it waits neither for a severity nor for hours.
    """
    stop(incident, why=EndReason.AGAIN)
    if is_forced or policy_of(incident.severity).pages_on_call:
        route = policy_for(incident.service, incident.severity)
        _begin(incident, _with_turn(route), now=now, because=because, is_forced=is_forced)


def stop(incident: Incident, *, why: EndReason = EndReason.ANSWERED) -> None:
    """Nobody need be woken any more: neither by steps to come nor by pages not yet sent."""
    due = EscalationStep.objects.filter(run__incident=incident, state=DUE)
    due.update(state=StepState.CANCELLED)
    running = EscalationRun.objects.filter(incident=incident, ended_at=None)
    running.update(ended_at=clock.now(), end_reason=why)
    cancel(incident.reference, kind="page")


def resume(incident: Incident, run_pk: int) -> None:
    """Go on with a climb that a merge had stopped, where it stood; what fell due is due."""
    run = EscalationRun.objects.filter(
        pk=run_pk, incident=incident, end_reason=EndReason.MERGED
    ).first()
    if run is None:
        return
    run.ended_at, run.end_reason = None, ""
    run.save(update_fields=["ended_at", "end_reason"])
    stopped = run.steps.filter(state=StepState.CANCELLED).order_by("loop", "order").last()
    if stopped is not None:
        stopped.state = DUE
        stopped.save(update_fields=["state"])
        later("incidents.escalate", incident.pk)


def is_going_on(incident: Incident) -> bool:
    """Whether a step is still to come."""
    return EscalationStep.objects.filter(run__incident=incident, state=DUE).exists()


def hurry(locked: Incident, *, now: datetime, because: str) -> None:
    """
    Take the next step now, whatever the severity and the hour.

    Where nothing runs, the last climb goes on where it stopped; where that was at its end, or
    never began, a new one begins.
    """
    due = EscalationStep.objects.filter(run__incident=locked, state=DUE).first()
    if due is not None:
        due.due_at, due.is_forced = now, True
        due.save(update_fields=["due_at", "is_forced"])
        later("incidents.escalate", locked.pk)
        return
    last = locked.runs.order_by("-number").first()
    stopped = last.steps.filter(state=StepState.CANCELLED).last() if last else None
    if last is None or stopped is None or last.end_reason == EndReason.EXHAUSTED:
        start(locked, now=now, because=because, is_forced=True)
        return
    route = Route(last.policy, Snapshot.read(last.snapshot), last.route)
    at = Position(stopped.loop, stopped.order - 1)
    _begin(locked, route, at, now=now, because=because, is_forced=True)


def escalate_due(now: datetime, *, limit: int = 100) -> int:
    """
    Take the due steps of all incidents, the oldest first; return how many were taken.

    What is wrong with one stays due, and the auditor sees it late.
    """
    due = EscalationStep.objects.filter(state=DUE, due_at__lte=now).order_by("due_at", "pk")
    incidents = dict.fromkeys(due.values_list("run__incident_id", flat=True)[:limit])
    return each(incidents, lambda pk: escalate(pk, now=now), what="Incident")


def escalate(incident_id: int, *, now: datetime) -> int:
    """Take this incident's due steps, one transaction each; return how many were taken."""
    taken = 0
    while _take_next(incident_id, now):
        taken += 1
    return taken


def facts_of(incident: Incident) -> Facts:
    """What conditions may ask of an incident."""
    joined = incident.alerts.values_list("joined_at", flat=True)
    return Facts(incident.severity, incident.detected_at, tuple(joined))


@transaction.atomic
def _take_next(incident_id: int, now: datetime) -> bool:
    # The incident first, as the verbs do: who acknowledges and who pages wait for each other.
    # An incident that is in somebody's hands is looked at again a second later.
    incident = (
        Incident.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("service__team")
        .filter(pk=incident_id)
        .first()
    )
    if incident is None:
        return False
    step = _due_step(incident, now)
    if step is None:
        return False
    resolver = DatabaseResolver()
    is_late = now - step.due_at >= LATE_AFTER
    decision = decide(
        Snapshot.read(step.run.snapshot),
        position_of(step),
        now,
        facts_of(incident),
        resolver,
        # After a long outage the waits count anew: people are told one after the other.
        due_at=None if is_late else step.due_at,
        is_forced=step.is_forced,
    )
    if decision.waits_until is not None:
        _wait(step, incident, decision)
        return True
    late_by = now - step.due_at if is_late else None
    pages.send(step, incident, decision, resolver, late_by=late_by)
    _finish(step, decision, late_by)
    _tell(step, incident, decision)
    _go_on(step, incident, decision)
    return True


def _due_step(incident: Incident, now: datetime) -> EscalationStep | None:
    due = EscalationStep.objects.filter(run__incident=incident, state=DUE, due_at__lte=now)
    held = due.select_for_update(of=("self",), skip_locked=True).select_related("run__policy")
    return held.order_by("due_at", "pk").first()


def position_of(step: EscalationStep) -> Position:
    """Where on the ladder a step stands, and whether its climb has reached anybody."""
    return position_among(step, step.run.steps.filter(loop=step.loop, state=StepState.DONE))


def position_among(step: EscalationStep, steps: Iterable[EscalationStep]) -> Position:
    """The same, told by the steps of its run, all of them or those that were done."""
    has_reached = any(
        each["kind"] == "person"
        for before in steps
        if before.loop == step.loop and before.state == StepState.DONE
        for each in before.reached
    )
    return Position(step.loop, step.order - 1, has_reached)


def _begin(
    incident: Incident,
    route: Route,
    position: Position = Position(),  # noqa: B008 (it never changes)
    *,
    now: datetime,
    because: str,
    is_forced: bool,
) -> None:
    last = incident.runs.order_by("-number").values_list("number", flat=True).first()
    run = EscalationRun.objects.create(
        incident=incident,
        number=(last or 0) + 1,
        policy=route.policy,
        snapshot=route.snapshot.as_data(),
        route=route.reason[:300],
        because=because[:200],
        started_at=now,
    )
    EscalationStep.objects.create(
        run=run,
        loop=position.loop,
        order=position.order,
        due_at=now,
        is_forced=is_forced,
    )
    later("incidents.escalate", incident.pk)


def _with_turn(route: Route) -> Route:
    """Give this climb a turn of its own where steps go round; two at once get two turns."""
    policy, snapshot = route.policy, route.snapshot
    if policy is None or all(step.strategy != ROUND_ROBIN for step in snapshot.steps):
        return route
    held = EscalationPolicy.objects.select_for_update(of=("self",)).filter(pk=policy.pk)
    turn = held.values_list("turns", flat=True).get()
    held.update(turns=turn + 1)
    return replace(route, snapshot=replace(snapshot, turn=turn))


def _wait(step: EscalationStep, incident: Incident, decision: Decision) -> None:
    assert decision.waits_until is not None
    step.due_at, step.reason = decision.waits_until, decision.reason
    step.save(update_fields=["due_at", "reason"])
    until = decision.waits_until.isoformat()
    events.record("incident.paging_waits", incident, actor=None, until=until)


def _finish(step: EscalationStep, decision: Decision, late_by: timedelta | None) -> None:
    step.state = StepState.DONE if decision.reached else StepState.SKIPPED
    step.executed_at = decision.at
    step.late_by = late_by
    step.reached = [each._asdict() for each in decision.reached]
    step.reason = (decision.skipped_because or decision.reason)[:500]
    step.save(update_fields=["state", "executed_at", "late_by", "reached", "reason"])


def _tell(step: EscalationStep, incident: Incident, decision: Decision) -> None:
    kind = "incident.paged" if decision.reached else "incident.paged_nobody"
    if decision.skipped_because:
        kind = "incident.step_skipped"
    events.record(
        kind,
        incident,
        actor=None,
        step=step.order,
        loop=step.loop,
        people=[each.name for each in decision.reached],
        reason=step.reason,
    )


def _go_on(step: EscalationStep, incident: Incident, decision: Decision) -> None:
    """Owe the next step; at the end, or once help was called to an answered one, stop."""
    is_answered = incident.is_answered and decision.has_people
    following, due_at = decision.next_position, decision.next_due_at
    if is_answered or following is None or due_at is None:
        _end(step.run, EndReason.ANSWERED if is_answered else EndReason.EXHAUSTED, decision)
        if not is_answered:
            events.record("incident.everybody_was_told", incident, actor=None)
        return
    EscalationStep.objects.create(
        run=step.run,
        loop=following.loop,
        order=following.order,
        due_at=due_at,
        is_forced=step.is_forced,
    )


def _end(run: EscalationRun, why: EndReason, decision: Decision) -> None:
    run.ended_at, run.end_reason = decision.at, why
    run.save(update_fields=["ended_at", "end_reason"])
