"""Who may do what at the URLs of shifts; a part of `permission_table`."""

from datetime import timedelta
from typing import Any

from operations import workflow
from operations.models import Handover, Leave, ShiftFinding, SwapRequest
from portal import clock
from tests.operations.test_calendar_reading import calendar
from tests.operations.test_importers import draft_of, pagerduty
from tests.permissions import (
    DONE,
    LOOK,
    OLIVIAS,
    TEAM,
    WORK,
    Answers,
    Rule,
    api,
    form,
    opened,
    page,
    verb,
)

# Her managers and administrators see it, too; to others it is not there.
LED: Answers = (404, 404, DONE, DONE, DONE)
ALONE: Answers = (404, 404, DONE, 404, 404)
DAY = timedelta(days=1)
EVENT = "UID:a\nDTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nSUMMARY:Olivia"


def furnish_shifts(world: dict[str, Any]) -> None:
    """Give Olivia a request, a hand-over, leave and a feed, and her team the rest."""
    schedule, olivia, now = world["schedule"], world["olivia"], clock.now()
    span = {"starts_at": now + DAY, "ends_at": now + 2 * DAY}
    swap = SwapRequest(schedule=schedule, person=olivia, due_at=now + DAY, **span)
    handover = Handover(schedule=schedule, leaver=olivia, taker=olivia, shift_ended_at=now)
    leave = Leave(person=olivia, **span)
    for row in (swap, handover, leave):
        row.changed_by = None
        row.save()
    world |= {"swap": swap, "handover": handover, "leave": leave}
    world["finding"] = ShiftFinding.objects.create(schedule=schedule, kind="gap", **span)
    world["feed"], _key = workflow.make_feed(owner=olivia, actor=olivia)
    source = calendar(EVENT)
    world["calendar"] = workflow.add_calendar(schedule, name="Duty", source=source, actor=None)
    body = pagerduty([("Olivia", olivia.email)])
    world["draft"] = draft_of(world["payments"], "pagerduty", body)


SCHEDULE: dict[str, Any] = {"pk": "schedule.pk"}
SWAP: dict[str, Any] = {"pk": "swap.pk"}
HANDOVER: dict[str, Any] = {"pk": "handover.pk"}
LEAVE: dict[str, Any] = {"pk": "leave.pk"}
FEED: dict[str, Any] = {"pk": "feed.pk"}
CALENDAR: dict[str, Any] = {"pk": "calendar.pk"}
DRAFT: dict[str, Any] = {"pk": "draft.pk"}

SHIFT_TABLE: dict[str, Rule] = {
    "operations:on-call-calendar": page(),
    "operations:shift-findings": page(),
    "operations:swaps": page(),
    "operations:swap": page(**SWAP),
    "operations:swap-accept": verb(TEAM, **SWAP),
    "operations:swap-withdraw": verb(TEAM, **SWAP),
    "operations:swap-create": form(TEAM, **SCHEDULE),
    "operations:shift-take": form(TEAM, **SCHEDULE),
    "operations:handovers": page(),
    "operations:handover": page(**HANDOVER),
    "operations:handover-notes": verb(TEAM, **HANDOVER),
    "operations:handover-accept": verb(TEAM, **HANDOVER),
    "operations:leave": page(),
    "operations:leave-create": form(WORK),
    "operations:leave-edit": form(LED, **LEAVE),
    "operations:leave-cancel": verb(LED, **LEAVE),
    "operations:feeds": page(),
    "operations:feed-create": verb(LOOK),
    "operations:feed-revoke": verb(OLIVIAS, **FEED),
    "on-call-feed": opened("GET", answer=404, key="nonsense"),
    "operations:calendar-import-create": form(TEAM, **SCHEDULE),
    "operations:calendar-import": page(**CALENDAR),
    "operations:calendar-import-edit": form(TEAM, **CALENDAR),
    "operations:calendar-import-read": verb(TEAM, **CALENDAR),
    "operations:calendar-import-remove": verb(TEAM, **CALENDAR),
    "operations:schedule-drafts": form(WORK),
    "operations:schedule-draft": page(TEAM, **DRAFT),
    "operations:schedule-draft-people": verb(TEAM, **DRAFT),
    "operations:schedule-draft-carry-over": verb(TEAM, **DRAFT),
    "operations:schedule-draft-discard": verb(TEAM, **DRAFT),
    "scheduledraft-list": api(WORK, post=WORK),
    "scheduledraft-detail": api(TEAM, delete=TEAM, **DRAFT),
    "scheduledraft-comparison": api(TEAM, **DRAFT),
    "scheduledraft-people": api(post=TEAM, **DRAFT),
    "scheduledraft-carry-over": api(post=TEAM, **DRAFT),
    "swaprequest-list": api(LOOK, post=WORK),
    "swaprequest-detail": api(LOOK, **SWAP),
    "swaprequest-accept": api(post=TEAM, **SWAP),
    "swaprequest-withdraw": api(post=TEAM, **SWAP),
    "schedule-take-over": api(post=TEAM, **SCHEDULE),
    "handover-list": api(LOOK),
    "handover-detail": api(LOOK, **HANDOVER),
    "handover-accept": api(post=TEAM, **HANDOVER),
    "handover-notes": api(post=TEAM, **HANDOVER),
    "shiftfinding-list": api(LOOK),
    "shiftfinding-detail": api(LOOK, pk="finding.pk"),
    "leave-list": api(LOOK, post=WORK),
    "leave-detail": api(LED, patch=LED, delete=LED, **LEAVE),
    "calendarimport-list": api(LOOK, post=WORK),
    "calendarimport-detail": api(LOOK, patch=TEAM, delete=TEAM, **CALENDAR),
    "calendarimport-read": api(post=TEAM, **CALENDAR),
    "calendarfeed-list": api(LOOK, post=LOOK),
    "calendarfeed-detail": api(ALONE, delete=OLIVIAS, **FEED),
}
