"""Checklists: started when due, ticked by name, finished whole, or missed and recorded so."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from operations.due_times import due_times, missed_at
from operations.models import (
    ChecklistItem,
    ChecklistRun,
    ChecklistTemplate,
    Frequency,
    RunState,
)
from operations.on_call import who_is_on_call
from operations.workflow.log import write_log
from portal import clock, events, notify
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Team, Urgency, User

BEFORE_THE_FIRST = timedelta(hours=1)


def start_due(now: datetime) -> int:
    """Start what fell due since the last run of each template; return how many that was."""
    templates = ChecklistTemplate.objects.exclude(team=None).select_related("team")
    started = 0
    for template in templates.exclude(frequency=Frequency.BY_HAND):
        assert template.team is not None
        last = template.runs.filter(team=template.team).aggregate(at=Max("due_at"))["at"]
        zone = ZoneInfo(template.team.time_zone)
        for due in due_times(template, zone, last or now - BEFORE_THE_FIRST, now):
            started += _start(template, template.team, due, now=now, actor=None)[1]
    return started


@transaction.atomic
def start_checklist(template: ChecklistTemplate, *, team: Team, actor: User) -> ChecklistRun:
    """Start a run by hand, due now."""
    now = clock.now()
    return _start(template, team, now.replace(microsecond=0), now=now, actor=actor)[0]


@transaction.atomic
def tick(item: ChecklistItem, *, note: str = "", actor: User) -> ChecklistItem:
    """Say that this was done, by whom and when."""
    locked = _open_item(item)
    if locked.done_at is not None:
        raise refuse("already_done", "This was ticked already.")
    return _mark(locked, done_at=clock.now(), done_by=actor, note=note, actor=actor)


@transaction.atomic
def untick(item: ChecklistItem, *, actor: User) -> ChecklistItem:
    locked = _open_item(item)
    if locked.done_at is None:
        raise refuse("not_done", "This was not ticked.")
    return _mark(locked, done_at=None, done_by=None, note="", actor=actor)


def why_not_finish(run: ChecklistRun) -> list[Refusal]:
    """Return every reason why this run cannot be finished now."""
    reasons = _why_not_open(run)
    left = sum(item.done_at is None for item in run.items.all())
    if not reasons and left:
        sentence = (
            f"{left} of its points are not ticked."
            if left > 1
            else ("One of its points is not ticked.")
        )
        reasons.append(Refusal("points_left", sentence, "Tick each point first."))
    return reasons


@transaction.atomic
def finish(run: ChecklistRun, *, actor: User) -> ChecklistRun:
    """Finish a run whose points are all ticked, and write that into the operations log."""
    locked = _locked(run)
    if reasons := why_not_finish(locked):
        raise TransitionNotAllowed(reasons)
    now = clock.now()
    locked.state = RunState.DONE
    locked.finished_at = now
    locked.finished_by = actor
    locked.save(update_fields=["state", "finished_at", "finished_by"])
    notify.cancel(_topic(locked))
    events.record("checklist.finished", locked, actor=actor)
    write_log(text=f"{locked.title}: done ({locked.team}).", actor=actor, now=now)
    return locked


def miss_overdue(now: datetime) -> int:
    """Record as missed what nobody finished in time; return how many that was."""
    overdue = ChecklistRun.objects.filter(state=RunState.OPEN, missed_at__lte=now)
    pks = list(overdue.order_by("missed_at").values_list("pk", flat=True)[:200])
    return sum(_miss(pk, now) for pk in pks)


@transaction.atomic
def _miss(pk: int, now: datetime) -> bool:
    run = (
        ChecklistRun.objects.select_for_update(of=("self",))
        .select_related("team")
        .filter(pk=pk, state=RunState.OPEN, missed_at__lte=now)
        .first()
    )
    if run is None:
        return False
    run.state = RunState.MISSED
    run.save(update_fields=["state"])
    notify.cancel(_topic(run))
    left = run.items.filter(done_at=None).count()
    events.record("checklist.missed", run, actor=None, left=left)
    return True


@transaction.atomic
def _start(
    template: ChecklistTemplate,
    team: Team,
    due: datetime,
    *,
    now: datetime,
    actor: User | None,
) -> tuple[ChecklistRun, bool]:
    zone = ZoneInfo(team.time_zone)
    run, is_new = ChecklistRun.objects.get_or_create(
        template=template,
        team=team,
        due_at=due,
        defaults={
            "title": template.name,
            "missed_at": missed_at(template, zone, due),
            "is_demo": team.is_demo,
        },
    )
    if is_new:
        ChecklistItem.objects.bulk_create(
            ChecklistItem(run=run, order=order, text=text)
            for order, text in enumerate(template.items, start=1)
        )
        events.record("checklist.started", run, actor=actor)
        if actor is None:
            _remind(run, now)
    return run, is_new


def _remind(run: ChecklistRun, at: datetime) -> None:
    person = who_is_on_call(run.team, at).person
    if person is not None and run.missed_at > at:
        notify.notify(
            person,
            key=f"checklist:{run.pk}",
            urgency=Urgency.LOW,
            kind="reminder",
            subject=f"{run.title} is due ({run.team})",
            body=f"You are on call for {run.team}: please work through “{run.title}”.",
            url=run.get_absolute_url(),
            topic=_topic(run),
        )


def _topic(run: ChecklistRun) -> str:
    return f"checklist:{run.pk}"


def _why_not_open(run: ChecklistRun) -> list[Refusal]:
    if run.state == RunState.DONE:
        return [Refusal("already_finished", "This checklist is finished.")]
    if run.state == RunState.MISSED:
        sentence = "This checklist was missed, and stays so as a record."
        return [Refusal("missed", sentence, "Start a new one.")]
    return []


def _locked(run: ChecklistRun) -> ChecklistRun:
    return (
        ChecklistRun.objects.select_for_update(of=("self",))
        .select_related("team", "template", "finished_by")
        .get(pk=run.pk)
    )


def _open_item(item: ChecklistItem) -> ChecklistItem:
    run = _locked(item.run)
    if reasons := _why_not_open(run):
        raise TransitionNotAllowed(reasons)
    locked = ChecklistItem.objects.get(pk=item.pk)  # its run is locked
    locked.run = run
    return locked


def _mark(
    item: ChecklistItem,
    *,
    done_at: datetime | None,
    done_by: User | None,
    note: str,
    actor: User,
) -> ChecklistItem:
    item.done_at, item.done_by, item.note = done_at, done_by, note
    item.save(update_fields=["done_at", "done_by", "note"])
    kind = "checklist.ticked" if done_at else "checklist.unticked"
    events.record(kind, item.run, actor=actor, point=item.text, note=note)
    return item
