"""
The proof of coverage as a verb: asked for, worked out, kept, and told to who can mend it.

A run is a row before it is work, so that one that was asked for is not lost with a message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.coverage import Prover, Verdict
from incidents.coverage_words import words_of
from incidents.coverage_world import Climbers, Known, read
from incidents.models import CoverageHole, CoverageRun, HoleKind
from incidents.models.coverage import DAYS
from incidents.pieces import Piece
from operations.models import Severity
from portal import clock, events
from portal.access import managers_of
from portal.errors import Refusal, TransitionNotAllowed
from portal.hints import later
from portal.models import Team, Urgency, User
from portal.notify import notify

EVERY = timedelta(days=1)
KEPT_FOR = timedelta(days=90)
MOST_KEPT = 20_000  # of one run; the run says so where there are more
NAMED = 5  # holes in a message

DUE = CoverageRun.State.DUE


def why_not_prove() -> list[Refusal]:
    """Return why no further proof can be asked for now."""
    if CoverageRun.objects.filter(state=DUE).exists():
        return [Refusal("under_way", _("A proof is under way; it takes a few seconds."))]
    return []


@transaction.atomic
def ask_for_proof(*, actor: User | None) -> CoverageRun:
    """Have the next 30 days gone through; raises `TransitionNotAllowed` while one is due."""
    if reasons := why_not_prove():
        raise TransitionNotAllowed(reasons)
    run = CoverageRun.objects.create(asked_by=actor, asked_at=clock.now())
    later("incidents.prove_coverage")
    return run


def prove_due(now: datetime) -> int:
    """Work out what was asked for, and the daily proof; return how many runs were finished."""
    CoverageRun.objects.filter(asked_at__lt=now - KEPT_FOR).delete()
    if _is_daily_due(now):
        ask_for_proof(actor=None)
    due = CoverageRun.objects.filter(state=DUE).order_by("asked_at", "pk")
    return sum(prove(run, actor=None, now=now) for run in due)


def _is_daily_due(now: datetime) -> bool:
    recent = CoverageRun.objects.exclude(state=CoverageRun.State.FAILED)
    return not recent.filter(asked_at__gt=now - EVERY).exists()


def prove(run: CoverageRun, *, actor: User | None, now: datetime) -> bool:
    """
    Work out this run and keep what it finds; False if another process has done so.

    The work is done before anything is locked, so that no page waits for it. It sees one
    moment: what is edited meanwhile is for the next run.
    """
    run.starts_at, run.ends_at = now, now + timedelta(days=DAYS)
    return _keep(run, find_holes(run, read(now)), actor=actor)


def find_holes(run: CoverageRun, known: Known) -> list[CoverageHole]:
    """Return every hole of every service, and fill in what the run itself says."""
    assert run.starts_at is not None
    assert run.ends_at is not None
    prover = Prover(known.world)
    found: list[CoverageHole] = []
    run.service_count = len(known.services)
    for climbers in known.climbers:
        proof = prover.prove(climbers.ladder, run.starts_at, run.ends_at)
        if not proof.is_complete:
            name = climbers.ladder.snapshot.name
            _cut(
                run,
                _("“%(policy)s” was too long to be followed to its end.") % {"policy": name},
            )
        _count(run, climbers, proof.pieces)
        found += _holes(run, climbers, proof.pieces, known)
    return found


def _count(run: CoverageRun, climbers: Climbers, pieces: list[Piece[Verdict]]) -> None:
    """Add up the time of each route, and the part of it that ends at somebody."""
    well = [piece for piece in pieces if piece.answer.kind != HoleKind.NOBODY]
    routes = len(climbers.services)
    run.route_count += routes
    run.total_seconds += routes * _seconds(pieces)
    run.covered_seconds += routes * _seconds(well)


def _seconds(pieces: Iterable[Piece[Verdict]]) -> int:
    spans = (piece.ends_at - piece.starts_at for piece in pieces)
    return sum(spans, timedelta(0)) // timedelta(seconds=1)


def _holes(
    run: CoverageRun, climbers: Climbers, pieces: list[Piece[Verdict]], known: Known
) -> Iterator[CoverageHole]:
    for service in climbers.services:
        for piece in pieces:
            if not piece.answer.kind:
                continue
            yield CoverageHole(
                run=run,
                service=service,
                severity=climbers.ladder.severity,
                kind=piece.answer.kind,
                code=piece.answer.causes[0].code,
                starts_at=piece.starts_at,
                ends_at=piece.ends_at,
                **words_of(piece.answer, service, known)._asdict(),
            )


def _cut(run: CoverageRun, why: str) -> None:
    run.is_complete = False
    run.remark = why[:300]


@transaction.atomic
def _keep(run: CoverageRun, found: list[CoverageHole], *, actor: User | None) -> bool:
    locked = CoverageRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if locked.state != DUE:
        return False
    _mark_new(found, before=CoverageRun.objects.finished().first())
    run.hole_count = sum(hole.is_hole for hole in found)
    run.weak_count = len(found) - run.hole_count
    run.state, run.finished_at = CoverageRun.State.DONE, clock.now()
    if len(found) > MOST_KEPT:
        found.sort(key=lambda hole: (not hole.is_hole, hole.starts_at))
        _cut(run, _("Only the first %(n)d of what was found is kept.") % {"n": MOST_KEPT})
    kept = CoverageHole.objects.bulk_create(found[:MOST_KEPT], batch_size=500)
    run.save()
    events.record(
        "coverage.proved",
        run,
        actor=actor,
        holes=run.hole_count,
        weak_spots=run.weak_count,
        is_complete=run.is_complete,
    )
    _tell([hole for hole in kept if hole.is_new], run)
    return True


def _mark_new(found: list[CoverageHole], before: CoverageRun | None) -> None:
    """New is what touches nothing alike of the run before, and has not been told of."""
    known: dict[tuple[int, int, str, str], list[CoverageHole]] = defaultdict(list)
    for hole in before.holes.all() if before else ():
        known[_likeness(hole)].append(hole)
    for hole in found:
        hole.is_new = not any(
            other.starts_at <= hole.ends_at and hole.starts_at <= other.ends_at
            for other in known[_likeness(hole)]
        )


def _likeness(hole: CoverageHole) -> tuple[int, int, str, str]:
    return hole.service_id, hole.severity, hole.kind, hole.code


def _tell(holes: Iterable[CoverageHole], run: CoverageRun) -> None:
    """Tell the managers of each team of its new holes, once, in one message."""
    by_team: dict[Team, list[CoverageHole]] = defaultdict(list)
    for hole in holes:
        if hole.is_hole:
            by_team[hole.service.team].append(hole)
    for team, mine in by_team.items():
        subject = ngettext(
            "%(n)d new hole in the paging of %(team)s",
            "%(n)d new holes in the paging of %(team)s",
            len(mine),
        ) % {"n": len(mine), "team": team}
        for manager in managers_of(team).distinct():
            notify(
                manager,
                key=f"coverage:{run.pk}:{team.pk}",
                urgency=Urgency.LOW,
                kind="coverage",
                subject=subject,
                body="\n".join(_lines(mine, ZoneInfo(manager.time_zone))),
                url=f"{reverse('incidents:coverage')}?team={team.slug}",
            )


def _lines(holes: list[CoverageHole], zone: ZoneInfo) -> Iterator[str]:
    yield _("A page that begins then would reach nobody:")
    for hole in sorted(holes, key=lambda hole: (hole.starts_at, hole.severity))[:NAMED]:
        start, end = hole.starts_at.astimezone(zone), hole.ends_at.astimezone(zone)
        severity = Severity(hole.severity).name
        when = f"{start:%d %b %H:%M} – {end:%d %b %H:%M %Z}"  # noqa: RUF001 (from until)
        yield f"{hole.service}, {severity}, {when}: {hole.sentence}"
    if len(holes) > NAMED:
        yield _("and %(n)d more.") % {"n": len(holes) - NAMED}
