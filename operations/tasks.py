"""What Celery does for operations: a hint that hurries, checks, checklists, tidying up."""

from datetime import timedelta

from celery import shared_task
from celery.schedules import crontab

from operations import workflow
from operations.models import Check, Integration
from portal import clock, reactions
from portal.hints import later
from portal.schedule import periodic


@shared_task(name="operations.read_receipts")
def read_receipts() -> None:
    """
    Read what came in now, instead of at the pager's next look; one hint for a storm.

    What follows from it is done in the same breath: a second hint would take as long again.
    """
    if workflow.read_all_due(clock.now()):
        reactions.react_to_all_due(clock.now())


@shared_task(name="operations.look_at_heartbeats")
def look_at_heartbeats() -> None:
    """Read the pings that came, instead of at the pager's next look."""
    workflow.look_at_due(clock.now())


@periodic("Write down who was on call", timedelta(minutes=5))
@shared_task(name="operations.freeze_past_shifts")
def freeze_past_shifts() -> None:
    """Keep who was on call, so that no later edit of a schedule changes it."""
    workflow.freeze_past(clock.now())


@periodic("Ask Alertmanagers what fires", timedelta(seconds=10))
@shared_task(name="operations.ask_upstreams")
def ask_upstreams() -> None:
    """Find the integrations that are to be asked and start one task for each."""
    for pk in workflow.claim_upstreams(clock.now()):
        later("operations.ask_upstream", pk)


@shared_task(name="operations.ask_upstream")
def ask_upstream(pk: int) -> None:
    """Ask one Alertmanager once."""
    if integration := Integration.objects.filter(pk=pk, is_active=True).first():
        workflow.ask_upstream(integration, now=clock.now())


@periodic("Run the checks that are due", timedelta(seconds=10))
@shared_task(name="operations.run_due_checks")
def run_due_checks() -> None:
    """Find the checks that are due and start one task for each."""
    for pk in workflow.claim_due(clock.now()):
        later("operations.run_check", pk)


@shared_task(name="operations.run_check")
def run_check(pk: int) -> None:
    """Ask one service once."""
    if check := Check.objects.filter(pk=pk, is_active=True).first():
        workflow.run_check(check, now=clock.now())


@periodic("Start and miss checklists", timedelta(minutes=1))
@shared_task(name="operations.look_after_checklists")
def look_after_checklists() -> None:
    """Start the checklists that fell due, and record as missed what nobody finished."""
    now = clock.now()
    workflow.start_due(now)
    workflow.miss_overdue(now)


@periodic("Forget old receipts and check results", crontab(hour="3", minute="20"))
@shared_task(name="operations.forget_old")
def forget_old() -> None:
    """Delete receipts that were read and check results, both after 30 days."""
    now = clock.now()
    workflow.forget_old_receipts(now=now)
    workflow.forget_old_results(now=now)


@periodic("Find gaps and double bookings", timedelta(hours=1))
@shared_task(name="operations.look_for_findings")
def look_for_findings() -> None:
    """Look at the next 60 days of every schedule: gaps, double bookings, shifts on leave."""
    workflow.look_for_findings(clock.now())


@periodic("Warn of too much load", timedelta(hours=1))
@shared_task(name="operations.look_after_pace")
def look_after_pace() -> None:
    """Warn people whose load passed a limit, and later their managers."""
    now = clock.now()
    workflow.look_for_warnings(now)
    workflow.tell_managers_of_warnings(now)


@periodic("Give out shifts to calendars", timedelta(hours=6))
@shared_task(name="operations.publish_shifts")
def publish_shifts() -> None:
    """Move the horizon of calendar feeds on."""
    workflow.publish_all(clock.now())


@periodic("Read imported calendars", timedelta(minutes=1))
@shared_task(name="operations.fetch_calendars")
def fetch_calendars() -> None:
    """Fetch and read the calendars that are due."""
    workflow.fetch_all_due(clock.now())


@periodic("Remind of swaps and hand-overs", timedelta(minutes=1))
@shared_task(name="operations.remind_of_shifts")
def remind_of_shifts() -> None:
    """Remind of swap requests and hand-overs that wait, and close what is over."""
    now = clock.now()
    workflow.look_after_swaps(now)
    workflow.remind_of_handovers(now)
