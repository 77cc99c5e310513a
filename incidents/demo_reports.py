"""The demo's users' reports: some that wait, some that were dealt with; the form is open."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q

from incidents.models import (
    Harm,
    Incident,
    ProblemReport,
    ReportState,
    StatusComponent,
    StatusPageSettings,
)
from incidents.page_settings import page_settings
from portal.demo import Story, keep, tell, wipe

REASON = "Opened by the demo"


class Said(NamedTuple):
    """A report: whose component, minutes ago, and what became of it."""

    text: str
    service: str
    harm: Harm
    minutes: int
    state: ReportState = ReportState.NEW
    reason: str = ""


SAID = [
    Said("The search finds nothing for “winter boots”.", "Search", Harm.SLOW, 9),
    Said("Search takes half a minute, then says that it failed.", "Search", Harm.BLOCKED, 14),
    Said(
        "Cannot search for anything since lunch.\nThe wheel turns and turns. Firefox on a Mac.",
        "Search",
        Harm.BLOCKED,
        21,
    ),
    Said(
        "The price of the shipping stands twice on the receipt.", "Checkout", Harm.COSMETIC, 95
    ),
    Said("Where do I change my password?", "", Harm.SLOW, 190),
    Said(
        "Searching is slow in the afternoons.",
        "Search",
        Harm.SLOW,
        260,
        ReportState.JOINED,
    ),
    Said(
        "My invoice of October is missing.",
        "Payments API",
        Harm.SLOW,
        1600,
        ReportState.ANSWERED,
        "It was sent again today. Look into the folder for unwanted mail, please.",
    ),
    Said(
        "The shop is grey instead of green.",
        "Web shop",
        Harm.COSMETIC,
        3100,
        ReportState.NOT_A_PROBLEM,
        "That is the new look of the shop.",
    ),
    Said("Cheap watches!!!", "", Harm.COSMETIC, 4000, ReportState.SPAM),
]


def load(story: Story) -> None:
    _open_the_form(story)
    shown = {row.service_id: row for row in StatusComponent.objects.filter(is_demo=True)}
    ours = Incident.objects.filter(service=story.services["Search"], is_demo=True)
    open_one = ours.unresolved().order_by("-pk").first()
    for said in SAID:
        if said.state == ReportState.JOINED and open_one is None:
            continue
        service = story.services.get(said.service)
        at = story.now - timedelta(minutes=said.minutes)
        report = ProblemReport(
            text=said.text,
            component=shown.get(service.pk) if service else None,
            harm=said.harm,
            received_at=at,
            is_demo=True,
        )
        keep(report, by=None, at=at)
        tell("report.received", report, at=at, harm=str(said.harm))
        if said.state != ReportState.NEW:
            _decide(story, report, said, open_one)


def _open_the_form(story: Story) -> None:
    kept = page_settings()
    if not kept.takes_reports:
        kept.takes_reports = True
        kept._change_reason = REASON  # type: ignore[attr-defined] # read by django-simple-history
        keep(kept, by=None, at=story.now)


def _shut_the_form() -> None:
    """Unless somebody has changed the settings since."""
    kept = page_settings()
    newest = kept.history.first() if kept.pk else None
    if newest is None or newest.history_change_reason != REASON:
        return
    if newest.history_type == "+":
        wipe(StatusPageSettings.objects.filter(pk=kept.pk))
    else:
        kept.takes_reports = False
        kept.changed_by = None
        kept.save()


def _decide(story: Story, report: ProblemReport, said: Said, open_one: Incident | None) -> None:
    by, at = story.people["leo"], report.received_at + timedelta(minutes=6)
    report.state, report.reason = said.state, said.reason
    report.decided_by, report.decided_at = by, at
    if said.state == ReportState.JOINED:
        report.incident = open_one
    keep(report, by=by, at=at)
    tell(f"report.{said.state}", report, at=at, actor=by)
    if report.incident is not None:
        tell(
            "incident.report_joined",
            report.incident,
            at=at,
            actor=by,
            reference=report.reference,
            words=report.headline,
            number=1,
            url=report.get_absolute_url(),
        )


def remove() -> None:
    """Also what others have since put to the demo's incidents and components."""
    _shut_the_form()
    theirs = Q(incident__service__is_demo=True) | Q(component__is_demo=True)
    theirs |= Q(component__service__is_demo=True)
    wipe(ProblemReport.objects.filter(Q(is_demo=True) | theirs))
