"""The reference's playbook ships, and an edit of it stays."""

import pytest

from incidents import seeds
from incidents.models import ReviewTemplate, SeverityPolicy, StatusTemplate
from incidents.policies import policies, policy_of
from operations.models import Severity

pytestmark = pytest.mark.django_db


def test_it_ships_what_the_reference_states() -> None:
    assert seeds.seed() == 42

    told = {
        policy.severity: (
            policy.impact,
            policy.response_target,
            policy.resolution_target,
            policy.communication,
        )
        for policy in SeverityPolicy.objects.all()
    }
    assert told == {
        0: (
            "Service completely unavailable",
            "Immediate",
            "< 1 hour",
            "Email + SMS to all stakeholders immediately",
        ),
        1: (
            "Major functionality unavailable",
            "< 15 minutes",
            "< 4 hours",
            "Email to stakeholders within 15 minutes",
        ),
        2: (
            "Minor functionality issues",
            "< 2 hours",
            "< 24 hours",
            "Status page updates only",
        ),
        3: (
            "Cosmetic or minor issues",
            "Next business day",
            "Next sprint",
            "Status page updates only",
        ),
    }
    phases = list(StatusTemplate.objects.values_list("phase", flat=True))
    assert phases == ["investigating", "identified", "monitoring", "resolved"]
    titles = [section["title"] for section in ReviewTemplate.objects.get().sections]
    assert titles == [
        "Date",
        "Severity",
        "Duration",
        "Impact",
        "Timeline",
        "Root cause",
        "Resolution",
        "What went well",
        "What went wrong",
        "Prevention",
    ]


def test_a_second_seeding_overwrites_no_edit() -> None:
    seeds.seed()
    policy = SeverityPolicy.objects.get(severity=Severity.P2)
    policy.response_minutes = 60
    policy.changed_by = None
    policy.save()

    assert seeds.seed() == 0
    assert policy_of(Severity.P2).response_minutes == 60


def test_a_severity_without_a_row_still_pages() -> None:
    assert SeverityPolicy.objects.count() == 0
    assert policy_of(Severity.P0).pages_on_call
    assert [policy.pages_on_call for policy in policies().values()] == [
        True,
        True,
        False,
        False,
    ]
