"""
Checks: the portal asks a service over HTTP, and says when two answers in a row differ.

One bad answer is noise; the second in a row makes it down, and the second good one up again.
"""

import time
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from operations.models import Check, CheckResult, CheckState, Severity
from operations.workflow.internal import clear_alert, raise_alert
from portal import events, outgoing
from portal.errors import refuse
from portal.models import Service, User

TIMEOUT = 10.0  # seconds
READ_OF_ANSWER = 64 * 1024  # bytes; the status is what counts
CLAIMED_AT_ONCE = 100
RESULTS_KEPT_FOR = timedelta(days=30)


class Measured(NamedTuple):
    is_up: bool
    milliseconds: int | None
    status: int | None
    error: str


@transaction.atomic
def make_check(
    *,
    name: str,
    service: Service,
    url: str,
    expected_status: int = 200,
    every_seconds: int = 60,
    severity: int | None = Severity.P2,
    actor: User | None,
) -> Check:
    """Add a check that is due at once. Raises `UrlRefused` for an address we may not call."""
    outgoing.check_url(url)
    check = Check(
        name=name,
        service=service,
        url=url,
        expected_status=expected_status,
        every_seconds=every_seconds,
        severity=severity,
    )
    check.changed_by = actor
    check.save()
    events.record("check.created", check, actor=actor)
    return check


@transaction.atomic
def change_check(
    check: Check,
    *,
    name: str,
    service: Service,
    url: str,
    expected_status: int,
    every_seconds: int,
    severity: int | None,
    now: datetime,
    actor: User | None,
) -> Check:
    """Change what is asked; with another question, what is known of the answer begins anew."""
    outgoing.check_url(url)
    locked = _locked(check.pk)
    if (locked.url, locked.expected_status) != (url, expected_status):
        _begin_anew(locked, now)
    locked.name, locked.service, locked.url = name, service, url
    locked.expected_status, locked.every_seconds = expected_status, every_seconds
    locked.severity = severity
    locked.due_at = now
    locked.changed_by = actor
    locked.save()
    if locked.state == CheckState.DOWN:
        _tell(locked, now)
    events.record("check.changed", locked, actor=actor)
    return locked


@transaction.atomic
def pause_check(check: Check, *, now: datetime, actor: User | None) -> Check:
    """Stop asking; what is not asked is not known."""
    return _switch(check, is_active=False, now=now, actor=actor)


@transaction.atomic
def resume_check(check: Check, *, now: datetime, actor: User | None) -> Check:
    return _switch(check, is_active=True, now=now, actor=actor)


def claim_due(now: datetime) -> list[int]:
    """Take the checks that are due, each for one process only; return their keys."""
    due = Check.objects.filter(is_active=True, due_at__lte=now).order_by("due_at")
    mine = []
    for check in due[:CLAIMED_AT_ONCE]:
        # Compare and swap; the next time keeps the rhythm unless it has fallen behind.
        rhythm = check.due_at + timedelta(seconds=check.every_seconds)
        following = max(rhythm, now + timedelta(seconds=check.every_seconds / 2))
        claimed = Check.objects.filter(pk=check.pk, is_active=True, due_at=check.due_at)
        if claimed.update(due_at=following):
            mine.append(check.pk)
    return mine


def run_check(check: Check, *, now: datetime) -> CheckResult:
    """Ask once, keep the answer, and change the state when it is the second of its kind."""
    measured = _ask(check)
    with transaction.atomic():
        locked = _locked(check.pk)
        before = locked.results.first()
        result = CheckResult.objects.create(check_done=locked, at=now, **measured._asdict())
        if locked.is_active and locked.url == check.url:
            _conclude(locked, before, measured, now)
    return result


@transaction.atomic
def forget_old_results(*, now: datetime) -> int:
    old = CheckResult.objects.filter(at__lt=now - RESULTS_KEPT_FOR)
    deleted, _by_model = old.delete()
    return deleted


def _ask(check: Check) -> Measured:
    started = time.perf_counter()
    try:
        answer = outgoing.send("GET", check.url, timeout=TIMEOUT, max_bytes=READ_OF_ANSWER)
    except outgoing.OutgoingError as error:
        return Measured(
            is_up=False, milliseconds=None, status=None, error=str(error.sentence)[:300]
        )
    milliseconds = round((time.perf_counter() - started) * 1000)
    is_up = answer.status == check.expected_status
    wrong = "" if is_up else f"Answered {answer.status} instead of {check.expected_status}."
    return Measured(is_up, milliseconds, answer.status, wrong)


def _conclude(
    check: Check, before: CheckResult | None, measured: Measured, now: datetime
) -> None:
    to = CheckState.UP if measured.is_up else CheckState.DOWN
    is_second = (
        before is not None and before.at >= check.since and before.is_up == measured.is_up
    )
    is_first_good_word = check.state == CheckState.UNKNOWN and measured.is_up
    if to == check.state or not (is_second or is_first_good_word):
        return
    was, check.state = check.state, to
    check.since = now
    check.last_error = measured.error
    check.changed_by = None
    check.save(update_fields=["state", "since", "last_error"])
    if to == CheckState.DOWN:
        events.record("check.went_down", check, actor=None, error=measured.error)
        _tell(check, now)
    elif was == CheckState.DOWN:
        events.record("check.came_up", check, actor=None)
        clear_alert(key=_key(check), now=now)


def _tell(check: Check, now: datetime) -> None:
    """Open the alert that goes with it, or bring it up to date; none without a severity."""
    if check.severity is None:
        clear_alert(key=_key(check), now=now)
        return
    raise_alert(
        key=_key(check),
        name="CheckDown",
        summary=f"“{check.name}” is down: {check.last_error}",
        severity=check.severity,
        service=check.service,
        labels={"check": check.name},
        now=now,
        at=check.since,
    )


def _begin_anew(check: Check, now: datetime) -> None:
    """What is known of the answers ends, and with it the alert: nobody knows."""
    check.state, check.since, check.last_error = CheckState.UNKNOWN, now, ""
    clear_alert(key=_key(check), now=now)


def _key(check: Check) -> str:
    return f"check:{check.pk}"


def _switch(check: Check, *, is_active: bool, now: datetime, actor: User | None) -> Check:
    locked = _locked(check.pk)
    if locked.is_active == is_active:
        word = "running" if is_active else "paused"
        raise refuse(f"already_{word}", f"This check is {word} already.")
    locked.is_active = is_active
    _begin_anew(locked, now)
    locked.due_at = now
    locked.changed_by = actor
    locked.save(update_fields=["is_active", "state", "since", "due_at", "last_error"])
    events.record("check.resumed" if is_active else "check.paused", locked, actor=actor)
    return locked


def _locked(pk: int) -> Check:
    checks = Check.objects.select_for_update(of=("self",)).select_related("service")
    return checks.get(pk=pk)
