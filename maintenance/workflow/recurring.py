"""
Verbs on recurring work: set it up, change it for all or from a day on, pause it, end it.

What is past never changes, nor does what a person touched: a draft follows its rule only as
long as it says what the rule wrote. A time that was taken out is not made again.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import (
    Category,
    MaintenanceRequest,
    RecurringOccurrence,
    RecurringState,
    RecurringWork,
)
from maintenance.timing import Span
from maintenance.workflow.requests import change_plan, create_request, withdraw
from portal import clock, events
from portal.access import managers_of
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User
from portal.sweeping import each

DAY = timedelta(days=1)
AT_ONCE = 500  # rules read at once
MOST = 60  # drafts that one rule makes at once
TEXTS = (
    *("title", "reason", "plan", "test_evidence", "rollback_plan", "prepare_minutes"),
    *("rollback_minutes", "announces", "runbook"),
)
RULE = (
    *("frequency", "interval", "weekdays", "nth", "day_of_month", "starts_on", "until"),
    *("at", "minutes", "time_zone"),
)
LISTS = {"other_services", "implementers"}
CHANGEABLE = {*TEXTS, *RULE, *LISTS, "lead_days"}


@transaction.atomic
def set_up_recurring(
    *,
    service: Service,
    other_services: Iterable[Service] = (),
    implementers: Iterable[User] = (),
    actor: User,
    now: datetime | None = None,
    **fields: Any,
) -> RecurringWork:
    """Have drafts made ahead from now on, in the name of `actor`. Raises `ValidationError`."""
    now = now or clock.now()
    work = RecurringWork(service=service, owner=actor, made_at=now, **fields)
    work.full_clean()
    work.changed_by = actor
    work.save()
    work.other_services.set(other_services)
    work.implementers.set(implementers)
    events.record("recurring.set_up", work, actor=actor, service=work.service)
    _make_drafts(work, now=now)
    return work


@transaction.atomic
def change_recurring(
    work: RecurringWork,
    *,
    since: date | None = None,
    actor: User,
    now: datetime | None = None,
    **fields: Any,
) -> RecurringWork:
    """
    Change words or times: for all that is ahead, or, with `since`, from that day on.

    From a day on another rule takes over, which is returned; the old one ends the day before.
    """
    assert fields.keys() <= CHANGEABLE
    now = now or clock.now()
    work = _locked(work)
    _require(work, {RecurringState.ACTIVE, RecurringState.PAUSED})
    if since is not None:
        work = _split(work, since, actor=actor)
    lists = {name: fields.pop(name) for name in LISTS & fields.keys()}
    for name, value in fields.items():
        setattr(work, name, value)
    if since is not None:
        work.starts_on = max(work.starts_on, since)
    work.full_clean()
    work.changed_by = actor
    work.save()
    for name, rows in lists.items():
        getattr(work, name).set(rows)
    told = sorted({*fields, *lists})
    events.record("recurring.changed", work, actor=actor, service=work.service, fields=told)
    _bring_in_line(work, actor=actor, now=now)
    return work


@transaction.atomic
def pause_recurring(work: RecurringWork, *, reason: str = "", actor: User) -> RecurringWork:
    """Make no more drafts until it goes on; those that are made stay."""
    return _move(work, {RecurringState.ACTIVE}, RecurringState.PAUSED, "paused", actor, reason)


@transaction.atomic
def resume_recurring(
    work: RecurringWork, *, actor: User, now: datetime | None = None
) -> RecurringWork:
    """Go on with what is ahead; what was missed meanwhile is not made up for."""
    work = _move(work, {RecurringState.PAUSED}, RecurringState.ACTIVE, "resumed", actor)
    _make_drafts(work, now=now or clock.now())
    return work


@transaction.atomic
def end_recurring(
    work: RecurringWork, *, reason: str = "", actor: User, now: datetime | None = None
) -> RecurringWork:
    """Never make one again; drafts ahead that nobody touched are withdrawn."""
    sources = {RecurringState.ACTIVE, RecurringState.PAUSED}
    work = _move(work, sources, RecurringState.ENDED, "ended", actor, reason)
    for occurrence in _untouched(work, now or clock.now()):
        _take_out(occurrence)
    return work


@transaction.atomic
def make_drafts(work: RecurringWork, *, now: datetime) -> list[MaintenanceRequest]:
    """Make the drafts that are due by now; the same again makes none."""
    return _make_drafts(_locked(work), now=now)


def make_due_drafts(now: datetime) -> int:
    """Make the drafts of every rule, each on its own; one that fails stops no other."""
    rules = _every_active()
    return each(rules, lambda work: len(make_drafts(work, now=now)), what="Recurring work")


def _every_active() -> Iterator[RecurringWork]:
    rules = RecurringWork.objects.active().order_by("pk")
    last = 0
    while page := list(rules.filter(pk__gt=last)[:AT_ONCE]):
        yield from page
        last = page[-1].pk


def why_not_recurring(work: RecurringWork, *wanted: RecurringState) -> list[Refusal]:
    """Return why this cannot be done in its state; empty if it can."""
    state = RecurringState(work.state)
    if state in wanted:
        return []
    return [Refusal("wrong_state", _("It is “%(state)s”.") % {"state": state.label})]


def _require(work: RecurringWork, sources: set[RecurringState]) -> None:
    if refused := why_not_recurring(work, *sources):
        raise TransitionNotAllowed(refused)


def _locked(work: RecurringWork) -> RecurringWork:
    rows = RecurringWork.objects.select_for_update(of=("self",))
    return rows.select_related("service__team", "owner", "runbook").get(pk=work.pk)


def _move(
    work: RecurringWork,
    sources: set[RecurringState],
    to: RecurringState,
    event: str,
    actor: User,
    reason: str = "",
) -> RecurringWork:
    work = _locked(work)
    _require(work, sources)
    work.state = to
    work.changed_by = actor
    work.save(update_fields=["state"])
    about = work.service
    events.record(f"recurring.{event}", work, actor=actor, service=about, reason=reason)
    return work


def _split(work: RecurringWork, since: date, *, actor: User) -> RecurringWork:
    """End a rule the day before, and return one that goes on with what was made from then."""
    if since <= work.starts_on:
        sentence = _("It begins on that day or later; change it for all.")
        raise TransitionNotAllowed([Refusal("nothing_before", sentence)])
    if work.until is not None and since > work.until:
        sentence = _("Its last day is before that.")
        raise TransitionNotAllowed([Refusal("nothing_after", sentence)])
    names = [field.attname for field in RecurringWork._meta.concrete_fields]
    same = {name: getattr(work, name) for name in names if name not in {"id", "made_at"}}
    after = RecurringWork(**{**same, "starts_on": since, "follows_id": work.pk})
    after.changed_by = actor
    after.save()
    after.other_services.set(work.other_services.all())
    after.implementers.set(work.implementers.all())
    work.until = since - DAY
    work.changed_by = actor
    work.save(update_fields=["until"])
    begins = datetime.combine(since, datetime.min.time(), ZoneInfo(work.time_zone))
    work.occurrences.filter(original_start__gte=begins).update(work=after)
    events.record("recurring.split", work, actor=actor, since=since.isoformat(), by=after.pk)
    return after


def _bring_in_line(work: RecurringWork, *, actor: User, now: datetime) -> None:
    """Write untouched drafts ahead anew, and take out those that the rule does not mean."""
    meant = {span.start: span for span in _due(work, now)}
    for occurrence in _untouched(work, now):
        span = meant.get(occurrence.original_start)
        if span is None:
            _take_out(occurrence)
            continue
        request = change_plan(occurrence.request, actor=actor, **_written(work, span))
        occurrence.written_digest = request.plan_digest
        occurrence.save(update_fields=["written_digest"])
    _make_drafts(work, now=now)


def _untouched(work: RecurringWork, now: datetime) -> list[RecurringOccurrence]:
    ahead = work.occurrences.filter(original_start__gt=now).select_related("request")
    return [occurrence for occurrence in ahead if occurrence.is_as_written()]


def _take_out(occurrence: RecurringOccurrence) -> None:
    withdraw(occurrence.request, actor=None, reason=_("The rule that made it has changed."))


def _due(work: RecurringWork, now: datetime) -> list[Span]:
    """Return the times that begin within the days ahead."""
    until = now + work.lead_days * DAY
    spans = (span for _day, span in work.recurrence.between(now, until))
    return [span for span in spans if now < span.start < until][:MOST]


def _make_drafts(work: RecurringWork, *, now: datetime) -> list[MaintenanceRequest]:
    if work.state != RecurringState.ACTIVE:
        return []
    known = set(work.occurrences.values_list("original_start", flat=True))
    due = [span for span in _due(work, now) if span.start not in known]
    if not due:
        return []
    turns = list(work.implementers.filter(is_active=True).order_by("name", "pk"))
    requester = _requester(work)
    made = []
    for number, span in enumerate(due, start=len(known)):
        request = create_request(
            category=Category.PREVENTIVE,
            service=work.service,
            implementer=turns[number % len(turns)] if turns else None,
            is_demo=work.is_demo,
            actor=requester,
            **_written(work, span),
        )
        RecurringOccurrence.objects.create(
            work=work,
            original_start=span.start,
            request=request,
            written_digest=request.plan_digest,
            made_at=now,
        )
        made.append(request)
    numbers = [request.number for request in made]
    events.record("recurring.drafted", work, actor=None, service=work.service, made=numbers)
    return made


def _requester(work: RecurringWork) -> User:
    """The owner; when they left, a manager of the team in their place."""
    if work.owner.is_active and work.owner.may_work:
        return work.owner
    managers = [each for each in managers_of(work.service.team_id) if each.may_work]
    return managers[0] if managers else work.owner


def _written(work: RecurringWork, span: Span) -> dict[str, Any]:
    """Return what the rule writes into a request of that time."""
    return {
        **{name: getattr(work, name) for name in TEXTS},
        "other_services": list(work.other_services.all()),
        "planned_start": span.start,
        "planned_end": span.end,
    }
