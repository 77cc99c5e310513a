"""What the portal ships with."""

import pytest

from knowledge import workflow
from knowledge.models import Document
from knowledge.seeds import SEEDS, seed
from knowledge.suggestions import suggested_runbooks
from portal.markdown import find_steps
from portal.models import User

pytestmark = pytest.mark.django_db


def test_all_are_there_published_and_drawn() -> None:
    assert seed() == len(SEEDS)
    for document in Document.objects.select_related("published"):
        assert document.published is not None
        assert document.published.author is None
        assert "callout-warning" not in document.published.html


def test_again_adds_nothing_and_overwrites_no_edit(olivia: User) -> None:
    seed()
    document = Document.objects.get(slug="high-latency")
    workflow.save_revision(document, base_number=1, title="Slow", body="Ours", actor=olivia)
    workflow.publish(document.revisions.get(number=2), actor=olivia)
    workflow.archive(Document.objects.get(slug="high-error-rate"), actor=olivia)
    assert seed() == 0
    document.refresh_from_db()
    assert document.title == "Slow"
    assert Document.objects.current().count() == len(SEEDS) - 1


@pytest.mark.parametrize(
    ("slug", "steps"),
    [
        ("high-error-rate", 6),
        ("high-latency", 7),
        ("service-unavailable", 7),
        ("database-restore", 5),
    ],
)
def test_runbooks_have_steps_that_can_be_run(slug: str, steps: int) -> None:
    seed()
    document = Document.objects.select_related("published").get(slug=slug)
    assert document.published is not None
    assert len(find_steps(document.published.body)) == steps
    assert workflow.start_run(document, actor=None).steps.count() == steps


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("HighErrorRate", "high-error-rate"),
        ("HighLatency", "high-latency"),
        ("ServiceUnavailable", "service-unavailable"),
        ("InstanceDown", "service-unavailable"),
    ],
)
def test_alerts_find_their_runbook(olivia: User, name: str, slug: str) -> None:
    seed()
    assert [document.slug for document in suggested_runbooks(olivia, name, None)] == [slug]
    assert suggested_runbooks(olivia, name.lower(), None) == []
    kinds = set(Document.objects.values_list("kind", flat=True))
    assert kinds == {"runbook", "procedure", "playbook", "template"}
