"""The demo's operations: alerts of a quarter, who was on call, checks, checklists, the log."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import NamedTuple

from operations import demo_heartbeats, demo_monitors, demo_noise, demo_pace, demo_shifts
from operations.models import (
    Alert,
    AlertState,
    Check,
    ChecklistItem,
    ChecklistRun,
    ChecklistTemplate,
    CheckResult,
    CheckState,
    Integration,
    LogEntry,
    Occurrence,
    RunState,
    Severity,
)
from portal.demo import DAYS, ZONE, Story, keep, tell, wipe

CHECK_STEP = timedelta(minutes=10)
CHECKED_FOR = timedelta(days=2)
STILL_FIRING_FOR = timedelta(minutes=95)


class Told(NamedTuple):
    """One thing that a monitor told in the quarter; `lasted` in minutes, None: still firing."""

    key: str
    alert: str
    summary: str
    service: str
    severity: Severity
    days_ago: int
    hour: int
    minute: int
    lasted: int | None


TOLD = [
    Told(
        "pool",
        "HighErrorRate",
        "7 % of checkouts fail with 500",
        "Checkout",
        Severity.P0,
        83,
        14,
        32,
        15,
    ),
    Told(
        "disk",
        "DiskWillFill",
        "Disk of orders-db-1 is 86 % full",
        "Orders database",
        Severity.P2,
        78,
        10,
        5,
        190,
    ),
    Told(
        "slow", "HighLatency", "P95 of Search is 900 ms", "Search", Severity.P2, 71, 16, 40, 95
    ),
    Told(
        "login",
        "ServiceUnavailable",
        "Sign-in answers 503",
        "Sign-in",
        Severity.P0,
        64,
        2,
        14,
        38,
    ),
    Told(
        "card",
        "HighErrorRate",
        "Card network times out",
        "Payments API",
        Severity.P1,
        57,
        11,
        20,
        140,
    ),
    Told("queue", "QueueGrows", "40,000 messages wait", "Queue", Severity.P2, 50, 18, 2, 60),
    Told(
        "invoice",
        "BatchFailed",
        "The invoice run ended early",
        "Invoices",
        Severity.P3,
        44,
        6,
        30,
        400,
    ),
    Told(
        "cache",
        "HighLatency",
        "P95 of Web shop is 1.4 s",
        "Web shop",
        Severity.P1,
        36,
        20,
        11,
        72,
    ),
    Told(
        "replica",
        "ReplicaLag",
        "Replica is 12 minutes behind",
        "Orders database",
        Severity.P1,
        29,
        9,
        45,
        55,
    ),
    Told(
        "typo",
        "SearchEmpty",
        "No result for “trainers”",
        "Search",
        Severity.P3,
        22,
        13,
        15,
        900,
    ),
    Told(
        "certificate",
        "CertificateExpires",
        "Certificate ends in 6 days",
        "Web shop",
        Severity.P2,
        17,
        8,
        10,
        240,
    ),
    Told(
        "deploy",
        "HighErrorRate",
        "3 % of checkouts fail after 2.14.0",
        "Checkout",
        Severity.P1,
        9,
        15,
        22,
        24,
    ),
    Told(
        "night",
        "ServiceUnavailable",
        "Payments API answers 503",
        "Payments API",
        Severity.P0,
        3,
        3,
        7,
        31,
    ),
    Told(
        "memory",
        "HighMemory",
        "Memory of search-2 is 91 %",
        "Search",
        Severity.P2,
        0,
        7,
        40,
        None,
    ),
]

CHECKS = ["Checkout", "Payments API", "Web shop", "Sign-in", "Search"]

LOGGED = [
    (61, "Sign-in", "Raised the connection limit of the sign-in pool from 50 to 120."),
    (
        40,
        "Queue",
        "Moved the mail workers to their own queue, to see whether checkout gets calmer.",
    ),
    (29, "Orders database", "Long report on the replica cancelled by hand; the lag went down."),
    (
        12,
        "Web shop",
        "Marketing announced a campaign for next Thursday, about three times the traffic.",
    ),
    (2, "Payments API", "Quiet since the fix of the night before last. Watching the pool."),
    (0, None, "Overnight: one alert for memory on search-2, nothing else."),
]


def load(story: Story) -> None:
    demo_monitors.load(story)
    _tell_alerts(story, story.shelf["monitors"]["main"])
    demo_noise.load(story)
    demo_shifts.load(story)
    demo_pace.load(story)
    _check(story)
    demo_heartbeats.load(story)
    _tick(story)
    _log(story)


def remove() -> None:
    wipe(LogEntry.objects.filter(is_demo=True))
    ChecklistRun.objects.filter(is_demo=True).delete()
    wipe(ChecklistRun.objects.filter(team__is_demo=True))
    for template in ChecklistTemplate.objects.filter(team__is_demo=True):
        template.team = None
        template.changed_by = None
        template.save(update_fields=["team"])
    for model in (CheckResult,):
        model.objects.filter(check_done__service__is_demo=True).delete()
    wipe(Check.objects.filter(service__is_demo=True))
    demo_heartbeats.remove()
    demo_pace.remove()
    demo_shifts.remove()
    demo_noise.remove()
    demo_monitors.remove()


def _tell_alerts(story: Story, integration: Integration) -> None:
    story.shelf["alerts"] = {}
    for told in TOLD:
        start = story.at(told.days_ago, told.hour, told.minute)
        if told.lasted is None:
            start = story.now - STILL_FIRING_FOR
        end = None if told.lasted is None else start + timedelta(minutes=told.lasted)
        story.shelf["alerts"][told.key] = _alert(story, integration, told, start, end)


def _alert(
    story: Story, integration: Integration, told: Told, start: datetime, end: datetime | None
) -> Alert:
    service = story.services[told.service]
    alert = Alert.objects.create(
        integration=integration,
        fingerprint=hashlib.sha256(told.key.encode()).hexdigest()[:16],
        service=service,
        name=told.alert,
        summary=told.summary,
        description="Told by Prometheus.",
        severity=told.severity,
        state=AlertState.NORMAL if end else AlertState.UNACKED,
        labels={
            "alertname": told.alert,
            "service": service.slug,
            "severity": f"p{told.severity}",
        },
        annotations={"summary": told.summary},
        started_at=start,
        ended_at=end,
        last_seen_at=end or story.now,
        is_demo=True,
    )
    Occurrence.objects.create(
        alert=alert,
        started_at=start,
        ended_at=end,
        end_reason=Occurrence.EndReason.RESOLVED if end else "",
        severity=told.severity,
        received_at=start + timedelta(seconds=20),
    )
    tell("alert.opened", alert, at=start + timedelta(seconds=20))
    if end:
        tell("alert.ended", alert, at=end)
    return alert


def _check(story: Story) -> None:
    for name in CHECKS:
        service = story.services[name]
        check = Check(
            name=f"{name} answers",
            service=service,
            url=f"https://{service.slug}.harbour.example/health",
            # Nothing answers at a made-up address: the history is all there is of these.
            is_active=False,
            state=CheckState.UP,
            since=story.at(3, 3, 38),
            is_demo=True,
        )
        keep(check, by=story.manager(story.team_of(service)), at=story.at(DAYS, 9))
        steps = int(CHECKED_FOR / CHECK_STEP)
        usual = story.dice.randint(40, 160)
        CheckResult.objects.bulk_create(
            CheckResult(
                check_done=check,
                at=story.now - CHECK_STEP * (steps - step),
                is_up=True,
                milliseconds=int(usual * story.dice.lognormvariate(0, 0.25)),
                status=200,
            )
            for step in range(steps)
        )


def _tick(story: Story) -> None:
    for key in ("morning", "end-of-day"):
        template = ChecklistTemplate.objects.filter(key=key).first()
        if template is None:
            continue
        template.team = story.teams["Platform"]
        keep(template, by=story.people["priya"], at=story.at(DAYS, 9))
        for days_ago in range(DAYS, -1, -1):
            _tick_on(story, template, story.at(days_ago, 8).astimezone(ZONE).date())


def _tick_on(story: Story, template: ChecklistTemplate, day: date) -> None:
    due = datetime.combine(day, template.at, ZONE)
    if day.weekday() > 4 or due > story.now:
        return
    is_today = due > story.now - timedelta(hours=4)
    state = RunState.OPEN if is_today else RunState.DONE
    if not is_today and story.dice.random() < 0.03:
        state = RunState.MISSED
    person = story.dice.choice(story.members("Platform"))
    done_at = min(due + timedelta(minutes=story.dice.randint(5, 40)), story.now)
    run = ChecklistRun.objects.create(
        template=template,
        team=story.teams["Platform"],
        title=template.name,
        due_at=due,
        missed_at=due + timedelta(hours=4),
        state=state,
        finished_at=done_at if state == RunState.DONE else None,
        finished_by=person if state == RunState.DONE else None,
        is_demo=True,
    )
    ticked = {RunState.DONE: len(template.items), RunState.MISSED: 2, RunState.OPEN: 3}[state]
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            run=run,
            order=order,
            text=text,
            done_at=done_at if order <= ticked else None,
            done_by=person if order <= ticked else None,
        )
        for order, text in enumerate(template.items, start=1)
    )


def _log(story: Story) -> None:
    for days_ago, service, text in LOGGED:
        at = story.at(days_ago, 9, 12)
        entry = LogEntry.objects.create(
            happened_at=at,
            entered_at=at,
            author=story.dice.choice(story.members("Platform")),
            service=story.services[service] if service else None,
            text=text,
            is_demo=True,
        )
        tell("log.written", entry, at=at, actor=entry.author)
