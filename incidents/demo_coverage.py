"""The demo's proof of coverage, how its alerts are grouped, and what a hand-over tells."""

from __future__ import annotations

from datetime import timedelta

from incidents.coverage_world import read
from incidents.models import CoverageHole, CoverageRun, GroupingRule, Incident
from incidents.models.coverage import DAYS as AHEAD
from incidents.workflow.coverage import find_holes
from operations.models import Handover, HandoverItem
from portal.demo import Story, keep, tell, wipe


def load(story: Story) -> None:
    _group(story)
    _list(story.shelf["handover"])
    _prove(story)


def remove() -> None:
    """A proof that counted the demo's services says nothing about the house."""
    CoverageRun.objects.filter(holes__service__is_demo=True).delete()
    wipe(GroupingRule.objects.filter(is_demo=True))


def _group(story: Story) -> None:
    at = story.at(38, 15)
    shop = story.services["Web shop"]
    rule = GroupingRule(
        name="Web shop: each region by itself",
        order=10,
        matchers=[{"label": "service", "op": "=", "value": shop.slug}],
        group_by=["region"],
        window_minutes=60,
        reopen_minutes=30,
        is_demo=True,
    )
    if GroupingRule.objects.filter(name=rule.name).exists():
        rule.name = f"{rule.name} (demo)"
    keep(rule, by=story.people["sara"], at=at)
    tell("grouping_rule.created", rule, at=at, actor=story.people["sara"])


def _list(handover: Handover) -> None:
    """What is open for the team stands on the hand-over that waits to be accepted."""
    mine = Incident.objects.unresolved().filter(service__team=handover.schedule.team_id)
    HandoverItem.objects.bulk_create(
        HandoverItem(
            handover=handover,
            kind="incident",
            reference=f"incident:{incident.pk}",
            text=str(incident),
            note=f"{incident.get_severity_display()}, {incident.get_state_display()}",
            url=incident.get_absolute_url(),
            order=10,
        )
        for incident in mine
    )


def _prove(story: Story) -> None:
    """Go through the next days as the daily proof does, and tell nobody."""
    run = CoverageRun(asked_at=story.now, starts_at=story.now)
    run.ends_at = story.now + timedelta(days=AHEAD)
    found = find_holes(run, read(story.now))
    run.hole_count = sum(hole.is_hole for hole in found)
    run.weak_count = len(found) - run.hole_count
    run.state, run.finished_at = CoverageRun.State.DONE, story.now
    run.save()
    CoverageHole.objects.bulk_create(found, batch_size=500)
