"""The demo's incidents: what woke whom, how it was worked, what was learned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from incidents import (
    demo_clocks,
    demo_command,
    demo_coverage,
    demo_pages,
    demo_policies,
    demo_reports,
    demo_reviews,
    demo_room,
    demo_status,
    demo_telling,
)
from incidents.models import (
    EscalationRun,
    Incident,
    IncidentAlert,
    IncidentState,
    Phase,
    Review,
    ReviewState,
    ReviewTemplate,
    SeverityPolicy,
    Source,
    StatusUpdate,
    TimelineNote,
)
from incidents.review_facts import facts_of, texts
from knowledge.demo import promise, revise, work_through
from knowledge.models import Document, DocumentKind, Origin, first_space
from maintenance.demo import Wish, ask, fail
from maintenance.models import Category, RequestState
from operations.models import Alert, Severity
from portal.demo import Story, keep, tell, wipe
from portal.models import User


class Lesson(NamedTuple):
    """What a review found, and the action with (owner, days until due, done, request state)."""

    cause: str
    well: str
    wrong: str
    action: str
    owner: str
    due_in: int
    request: RequestState | None
    runbook: str = ""


class Happened(NamedTuple):
    """An incident of the quarter: minutes from alert to acknowledgement and to the end."""

    alert: str
    title: str
    impact: str
    answered: int
    ended: int | None
    note: str
    lesson: Lesson | None = None


POOL_BOOK = "Orders database: connections run out"
REPLICA_BOOK = "Orders database: replica lags"

HAPPENED = [
    Happened(
        "pool",
        "Checkout fails: connection pool exhausted",
        "10,000 customers could not pay",
        2,
        15,
        "Pool of checkout is full; a mailing at 14:25 brought three times the traffic.",
        Lesson(
            "The pool of checkout (10 connections) was too small for thrice the traffic.",
            "The alert came within a minute, and the status page was updated at once.",
            "No alert on the pool itself; nobody knew of the mailing.",
            "Monitor the connection pools and alert at 80 %",
            "tomas",
            7,
            RequestState.CLOSED,
            POOL_BOOK,
        ),
    ),
    Happened(
        "disk",
        "Disk of the orders database fills up",
        "None yet",
        40,
        180,
        "Old WAL files; archiving had stopped.",
    ),
    Happened(
        "slow",
        "Search is slow",
        "Results take a second",
        25,
        95,
        "A crawler without a limit; blocked.",
    ),
    Happened(
        "login",
        "Nobody can sign in",
        "All customers with an account",
        4,
        38,
        "503 from every pod. Connections again, this time held by sign-in.",
        Lesson(
            "A slow query, released the day before, held the connections of sign-in.",
            "The runbook for the pool fitted, and worked.",
            "The night deployment had no one watching.",
            "Run the slow-query check in staging for every release of sign-in",
            "jun",
            10,
            RequestState.CLOSED,
            POOL_BOOK,
        ),
    ),
    Happened(
        "card",
        "Card payments time out",
        "One in five card payments failed",
        6,
        140,
        "The network's status page says nothing. Called them: degraded in Frankfurt.",
        Lesson(
            "The card network was degraded in one region and we had no second route.",
            "We told customers before they asked us.",
            "It took an hour to reach somebody at the network.",
            "Route card payments through the second region when one is slow",
            "olivia",
            30,
            RequestState.IN_PROGRESS,
        ),
    ),
    Happened(
        "queue",
        "Mails are late",
        "Receipts up to an hour late",
        30,
        60,
        "More workers for mail.",
    ),
    Happened(
        "invoice",
        "Invoices of the night are missing",
        "Accounting waits",
        90,
        400,
        "One broken address stopped the run.",
    ),
    Happened(
        "cache",
        "Web shop is slow after a campaign",
        "P95 1.4 s for all visitors",
        5,
        72,
        "Cache was emptied by the deployment at 20:05, right at the peak.",
        Lesson(
            "The release emptied the cache at the busiest minute of the day.",
            "Scaling out helped within minutes.",
            "Releases were allowed during a campaign.",
            "Warm the cache before traffic reaches a new version",
            "leo",
            14,
            RequestState.APPROVED,
        ),
    ),
    Happened(
        "replica",
        "Reports show old numbers",
        "Internal reports 12 minutes old",
        3,
        55,
        "A report of three hours runs on the replica. Cancelled.",
        Lesson(
            "A long report blocked the replay on the replica.",
            "The new runbook was found from the alert.",
            "Reports have no time limit.",
            "Cancel reports on the replica after ten minutes",
            "ana",
            14,
            RequestState.CLOSED,
            REPLICA_BOOK,
        ),
    ),
    Happened(
        "typo",
        "No results for some words",
        "Some searches find nothing",
        200,
        900,
        "A synonym file was empty.",
    ),
    Happened(
        "certificate",
        "Certificate of the shop ends soon",
        "None",
        35,
        240,
        "Renewed by hand; a request makes it yearly.",
    ),
    Happened(
        "deploy",
        "Checkout fails for some after 2.14.0",
        "3 % of payments failed",
        2,
        24,
        "Errors began with the release of 15:15. Rolling back.",
        Lesson(
            "A field that old apps do not send became required.",
            "Rolled back within ten minutes of the first alert.",
            "The contract test ran against the newest app only.",
            "Test checkout against the three oldest supported apps",
            "olivia",
            14,
            None,
        ),
    ),
    Happened(
        "night",
        "Payments API is down",
        "No card payment went through",
        3,
        31,
        "All pods restart in a loop: the network's secret was rotated, not rolled out.",
        None,
    ),
    Happened(
        "memory",
        "Search uses ever more memory",
        "None yet",
        22,
        None,
        "Grows 2 % an hour since the release of yesterday.",
    ),
]


def load(story: Story) -> None:
    demo_policies.load(story)
    for happened in HAPPENED:
        _happen(story, happened)
    began = story.shelf["alerts"]["deploy"].started_at
    fail(story, "Checkout", began - timedelta(minutes=7))
    demo_pages.load(story)
    demo_room.load()
    demo_coverage.load(story)
    demo_telling.load(story)
    demo_reviews.load(story)
    demo_clocks.load(story)
    demo_status.load(story)
    demo_reports.load(story)


def remove() -> None:
    demo_reports.remove()
    demo_clocks.remove()
    demo_reviews.remove()
    demo_telling.remove()
    demo_coverage.remove()
    demo_status.remove()
    incidents = Incident.objects.filter(service__is_demo=True)
    wipe(Review.objects.filter(incident__in=incidents))
    StatusUpdate.objects.filter(incident__in=incidents).delete()
    pictures_of = demo_room.references()
    wipe(TimelineNote.objects.filter(incident__in=incidents))
    demo_room.remove(pictures_of)
    for model in (EscalationRun, IncidentAlert):
        model.objects.filter(incident__in=incidents).delete()
    wipe(incidents)
    demo_policies.remove()


def _happen(story: Story, happened: Happened) -> None:
    alert: Alert = story.shelf["alerts"][happened.alert]
    assert alert.service is not None
    team = story.team_of(alert.service)
    responder = story.dice.choice(
        [person for person in story.members(team) if person != story.manager(team)]
    )
    incident = _incident(story, happened, alert, responder)
    demo_command.lead(incident, responder)
    _what_was_done(story, happened, incident, responder)
    if incident.state == IncidentState.RESOLVED and _demands_review(incident):
        _review(story, happened, incident, responder)


def _incident(story: Story, happened: Happened, alert: Alert, responder: User) -> Incident:
    assert alert.service is not None
    found = alert.started_at + timedelta(seconds=30)
    ended = None if happened.ended is None else found + timedelta(minutes=happened.ended)
    policy = SeverityPolicy.objects.get(severity=alert.severity)
    is_closed = ended is not None and (happened.lesson is not None or not policy.demands_review)
    state = IncidentState.ACKNOWLEDGED
    if ended is not None:
        state = IncidentState.CLOSED if is_closed else IncidentState.RESOLVED
    incident = Incident(
        service=alert.service,
        title=happened.title,
        severity=alert.severity,
        state=IncidentState.RESOLVED if state == IncidentState.CLOSED else state,
        source=Source.ALERT,
        impact=happened.impact,
        commander=responder,
        impact_started_at=found - timedelta(minutes=story.dice.randint(1, 4)),
        detected_at=found,
        acknowledged_at=found + timedelta(minutes=happened.answered),
        acknowledged_by=responder,
        resolved_at=ended,
        resolution=happened.note if ended else "",
        response_due_at=_after(found, policy.response_minutes),
        resolution_due_at=_after(found, policy.resolution_minutes),
        is_demo=True,
    )
    keep(incident, by=None, at=found)
    IncidentAlert.objects.create(
        incident=incident, alert=alert, started_at=alert.started_at, joined_at=found
    )
    if state == IncidentState.CLOSED and not policy.demands_review:
        _close(incident, by=responder, at=ended + timedelta(hours=3) if ended else found)
    return incident


def _after(moment: datetime, minutes: int | None) -> datetime | None:
    return None if minutes is None else moment + timedelta(minutes=minutes)


def _close(incident: Incident, *, by: User, at: datetime) -> None:
    incident.state = IncidentState.CLOSED
    incident.closed_at = at
    keep(incident, by=by, at=at)
    tell("incident.closed", incident, at=at, actor=by)


def _what_was_done(
    story: Story, happened: Happened, incident: Incident, responder: User
) -> None:
    found, answered = incident.detected_at, incident.acknowledged_at
    assert answered is not None
    tell("incident.opened", incident, at=found, severity=int(incident.severity))
    tell("incident.acknowledged", incident, at=answered, actor=responder)
    if incident.severity <= Severity.P1:
        demo_policies.climb(incident, responder)
    noted = answered + timedelta(minutes=4)
    note = TimelineNote(
        incident=incident,
        author=responder,
        text=happened.note,
        happened_at=noted,
        recorded_at=noted,
    )
    keep(note, by=responder, at=noted)
    if incident.severity <= Severity.P1:
        _tell_the_public(incident, responder)
    if happened.lesson and happened.lesson.runbook:
        book = story.shelf["runbooks"][happened.lesson.runbook]
        reference = (f"incident:{incident.pk}", str(incident), incident.get_absolute_url())
        work_through(
            book, by=responder, service=incident.service, at=noted, reference=reference
        )
    if incident.resolved_at:
        tell(
            "incident.resolved",
            incident,
            at=incident.resolved_at,
            actor=responder,
            summary=happened.note,
        )


def _tell_the_public(incident: Incident, author: User) -> None:
    assert incident.acknowledged_at is not None
    end = incident.resolved_at or incident.acknowledged_at + timedelta(minutes=20)
    span = end - incident.acknowledged_at
    texts = [
        (
            Phase.INVESTIGATING,
            f"We are investigating reports of a problem: {incident.title}.",
            0.05,
        ),
        (Phase.IDENTIFIED, "The issue has been identified. We are working on a fix.", 0.5),
        (
            Phase.MONITORING,
            "A fix has been deployed. We are monitoring the situation.",
            0.8,
        ),
        (Phase.RESOLVED, "The issue has been resolved. All systems operational.", 1.0),
    ]
    for phase, text, share in texts:
        at = incident.acknowledged_at + span * share
        StatusUpdate.objects.create(
            incident=incident, phase=phase, text=text, author=author, posted_at=at
        )
        tell("incident.update_posted", incident, at=at, actor=author, phase=phase)


def _demands_review(incident: Incident) -> bool:
    return SeverityPolicy.objects.get(severity=incident.severity).demands_review


def _review(story: Story, happened: Happened, incident: Incident, responder: User) -> None:
    assert incident.resolved_at is not None
    template = ReviewTemplate.objects.order_by("pk").first()
    lesson = happened.lesson
    review = Review(
        incident=incident,
        owner=responder,
        outline=template.sections if template else [],
        sections=_sections(happened, incident),
        due_at=incident.resolved_at + timedelta(hours=48),
        created_at=incident.resolved_at,
        is_demo=True,
    )
    keep(review, by=None, at=incident.resolved_at)
    if lesson is None:
        return
    at = incident.resolved_at + timedelta(hours=story.dice.randint(20, 46))
    review.state = ReviewState.PUBLISHED
    review.published_at = at
    review.published_by = responder
    review.document = _publish(review, incident, responder, at)
    keep(review, by=responder, at=at)
    tell("review.published", review, at=at, actor=responder, service=incident.service)
    _act(story, lesson, incident, at)
    _close(incident, by=responder, at=at + timedelta(minutes=5))


def _sections(happened: Happened, incident: Incident) -> dict[str, str]:
    lesson = happened.lesson
    filled = texts(facts_of(incident))
    if lesson:
        filled |= {
            "root_cause": lesson.cause,
            "went_well": f"- {lesson.well}",
            "went_wrong": f"- {lesson.wrong}",
            "prevention": f"1. {lesson.action}",
        }
    return filled


def _publish(review: Review, incident: Incident, by: User, at: datetime) -> Document:
    body = "\n\n".join(
        f"## {section['title']}\n\n{review.sections[section['key']]}"
        for section in review.outline
        if review.sections.get(section["key"])
    )
    document = Document(
        space=first_space(),
        kind=DocumentKind.REVIEW,
        title=f"Review: {incident.title}",
        slug=f"review-inc-{incident.pk}",
        team=incident.service.team,
        is_demo=True,
    )
    keep(document, by=by, at=at)
    document.services.add(incident.service)
    revise(document, body, at=at, by=by)
    return document


def _act(story: Story, lesson: Lesson, incident: Incident, at: datetime) -> None:
    is_done = lesson.request == RequestState.CLOSED
    action = promise(
        story,
        lesson.action,
        owner=story.people[lesson.owner],
        at=at,
        due_on=(at + timedelta(days=lesson.due_in)).date(),
        is_done=is_done,
        origin=Origin.REVIEW,
        reference=(f"incident:{incident.pk}", str(incident), incident.get_absolute_url()),
        service=incident.service,
    )
    if lesson.request is None:
        return
    days_ago = max((story.now - at).days - 1, 4)
    wish = Wish(
        lesson.action,
        Category.CORRECTIVE,
        story.service_of(incident.service),
        days_ago,
        lesson.request,
        Severity.P2,
    )
    ask(story, wish, action=action, runbook=story.shelf["runbooks"].get(lesson.runbook))
