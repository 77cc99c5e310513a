from datetime import timedelta

import pytest

from maintenance import seeds
from maintenance.models import Category, MaintenanceWindow, ProcessTemplate, process_step
from maintenance.workflow import (
    announce_window,
    cancel_window,
    hold_alerts_of_announced,
    publish_process,
    save_process,
)
from operations.models import Silence
from portal import clock
from portal.models import Service, User

pytestmark = pytest.mark.django_db


def test_the_processes_read_as_in_the_reference() -> None:
    assert seeds.seed() == 5

    steps = {process.category: process.steps for process in ProcessTemplate.objects.all()}
    assert {category: len(steps[category]) for category in Category} == {
        "corrective": 11,
        "adaptive": 8,
        "perfective": 9,
        "additive": 9,
        "preventive": 6,
    }
    assert steps["corrective"][4]["text"] == "Write/update tests"
    assert steps["adaptive"][6]["text"] == "Deploy to production (gradual rollout)"
    corrective = ProcessTemplate.objects.get(category="corrective")
    assert corrective.schedule.startswith("P0: < 1 hour, P1: < 4 hours, P2: < 24 hours")
    assert ProcessTemplate.objects.get(category="preventive").schedule == (
        "Monthly maintenance window"
    )


def test_seeding_again_overwrites_no_edit() -> None:
    seeds.seed()
    process = ProcessTemplate.objects.get(category="corrective")
    save_process(process, steps=[process_step("Ours")], actor=None)
    publish_process(process, actor=None)

    assert seeds.seed() == 0
    process.refresh_from_db()
    assert [step["text"] for step in process.steps] == ["Ours"]


@pytest.fixture
def before_windows_held_alerts(ada: User, checkout: Service) -> MaintenanceWindow:
    """A window as the first release left it: announced, and without a silence."""
    now = clock.now()
    window = announce_window(
        title="Move to the new rack",
        services=[checkout],
        starts_at=now + timedelta(hours=1),
        ends_at=now + timedelta(hours=3),
        actor=ada,
    )
    assert not Silence.objects.exists()
    return window


def test_a_window_announced_before_the_upgrade_gets_its_silence_once(
    before_windows_held_alerts: MaintenanceWindow, checkout: Service
) -> None:
    window = before_windows_held_alerts
    seeds.seed()
    silence = Silence.objects.get()
    assert (silence.reference, silence.reason) == (window.reference, "Move to the new rack")
    assert (silence.starts_at, silence.ends_at) == (window.starts_at, window.ends_at)
    assert list(silence.services.all()) == [checkout]

    assert seeds.seed() == 0
    assert Silence.objects.count() == 1


def test_a_window_that_is_over_or_called_off_gets_none(
    before_windows_held_alerts: MaintenanceWindow, ada: User
) -> None:
    window = before_windows_held_alerts
    assert hold_alerts_of_announced(now=window.ends_at) == 0
    cancel_window(window, actor=ada)

    assert hold_alerts_of_announced(now=clock.now()) == 0
    assert not Silence.objects.exists()
