import pytest

from maintenance import seeds
from maintenance.models import Category, ProcessTemplate

pytestmark = pytest.mark.django_db


def test_the_four_processes_read_as_in_the_reference() -> None:
    assert seeds.seed() == 4

    steps = {process.category: process.steps for process in ProcessTemplate.objects.all()}
    assert {category: len(steps[category]) for category in Category} == {
        "corrective": 11,
        "adaptive": 8,
        "perfective": 9,
        "preventive": 6,
    }
    assert steps["corrective"][4] == "Write/update tests"
    assert steps["adaptive"][6] == "Deploy to production (gradual rollout)"
    corrective = ProcessTemplate.objects.get(category="corrective")
    assert corrective.schedule.startswith("P0: < 1 hour, P1: < 4 hours, P2: < 24 hours")
    assert ProcessTemplate.objects.get(category="preventive").schedule == (
        "Monthly maintenance window"
    )


def test_seeding_again_overwrites_no_edit() -> None:
    seeds.seed()
    process = ProcessTemplate.objects.get(category="corrective")
    process.steps = ["Ours"]
    process.changed_by = None
    process.save()

    assert seeds.seed() == 0
    assert ProcessTemplate.objects.get(category="corrective").steps == ["Ours"]
