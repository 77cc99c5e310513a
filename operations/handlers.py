"""What follows when shifts change: feeds, findings, hand-overs and notices about them."""

from operations import pace_notices, shift_notices, workflow
from operations.models import Handover, PaceWarning, Schedule, ShiftFinding, SwapRequest
from portal import clock
from portal.hints import later
from portal.models import Event, User
from portal.subscribers import on


@on("schedule.created", "schedule.changed", "schedule.retired")
def follow_a_change(event: Event) -> None:
    """Calendars hear of it, and what is wrong with the shifts is worked out anew."""
    schedule = Schedule.objects.filter(pk=event.object_id).first()
    if schedule is None:
        return
    now = clock.now()
    workflow.publish(schedule, now=now)
    workflow.look_again_at(schedule, now=now)
    later("operations.look_for_findings")


@on("swap.asked", "swap.reminded")
def ask_colleagues(event: Event) -> None:
    swap = SwapRequest.objects.open().with_list_columns().filter(pk=event.object_id).first()
    if swap is not None:
        shift_notices.swap_wanted(swap, event)


@on("swap.accepted", "swap.expired")
def tell_of_a_swap(event: Event) -> None:
    swap = SwapRequest.objects.with_list_columns().get(pk=event.object_id)
    shift_notices.swap_over(swap, event)


@on("shift.taken_over")
def tell_of_a_take_over(event: Event) -> None:
    schedule = Schedule.objects.select_related("team").get(pk=event.object_id)
    ids = [event.data["from_id"], event.data["to_id"]]
    shift_notices.shift_taken(schedule, event, User.objects.filter(pk__in=ids))


@on("handover.offered")
def tell_of_an_offer(event: Event) -> None:
    shift_notices.handover_offered(_handover(event), event)


@on("handover.reminded", "handover.unaccepted")
def remind_of_a_handover(event: Event) -> None:
    handover = Handover.objects.offered().with_list_columns().filter(pk=event.object_id).first()
    if handover is not None:
        shift_notices.handover_waits(handover, event)


@on("shift.handed_over")
def tell_the_leaver(event: Event) -> None:
    shift_notices.handover_accepted(_handover(event), event)


@on("schedule.findings_found")
def tell_the_managers(event: Event) -> None:
    rows = ShiftFinding.objects.current().with_list_columns()
    found = list(rows.filter(pk__in=event.data["findings"]))
    schedule = Schedule.objects.select_related("team").get(pk=event.object_id)
    if found:
        shift_notices.findings_found(schedule, found, event)


@on("schedule.calendar_failed")
def tell_of_a_calendar(event: Event) -> None:
    schedule = Schedule.objects.select_related("team").get(pk=event.object_id)
    shift_notices.calendar_failed(schedule, event)


@on("pace.warned")
def warn_of_load(event: Event) -> None:
    pace_notices.warned(_warning(event), event)


@on("pace.unsettled")
def tell_managers_of_load(event: Event) -> None:
    pace_notices.unsettled(_warning(event), event)


def _warning(event: Event) -> PaceWarning:
    return PaceWarning.objects.select_related("person").get(pk=event.object_id)


def _handover(event: Event) -> Handover:
    return Handover.objects.with_list_columns().get(pk=event.object_id)
