import hashlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from maintenance import workflow
from maintenance.workflow.digest import authors_of, digest_of
from portal.models import Service, User
from tests.maintenance.make import make_request


def test_the_digest_is_canonical_json_hashed(olivia: User, checkout: Service) -> None:
    request = make_request(
        checkout,
        olivia,
        title="Größe",
        planned_start=datetime(2026, 12, 5, 23, tzinfo=ZoneInfo("Europe/Berlin")),
        planned_end=datetime(2026, 12, 6, tzinfo=UTC),
    )
    text = (
        '{"category":"corrective","plan":"Set it to 50.","planned_end":"2026-12-06T00:00:00Z",'
        '"planned_start":"2026-12-05T22:00:00Z","rollback_plan":"Set it back to 10.",'
        f'"service":{checkout.pk},"test_evidence":"","title":"Größe"}}'
    )
    assert request.plan_digest == hashlib.sha256(text.encode()).hexdigest()
    request.refresh_from_db()
    assert digest_of(request) == request.plan_digest


def test_line_ends_are_not_another_plan(olivia: User, checkout: Service) -> None:
    request = make_request(checkout, olivia, plan="One\nTwo")

    again = workflow.change_plan(request, actor=olivia, plan="One\r\nTwo\r\n")

    assert again.plan_digest == request.plan_digest
    assert request.history.count() == 1


def test_what_does_not_matter_to_approvers_leaves_it_alone(
    olivia: User, checkout: Service
) -> None:
    request = make_request(checkout, olivia)

    changed = workflow.change_plan(request, actor=olivia, reason="Another reason", priority=1)

    assert changed.plan_digest == request.plan_digest
    assert (changed.reason, changed.priority) == ("Another reason", 1)


def test_authors_are_all_who_changed_the_plan(
    olivia: User, manager: User, ana: User, checkout: Service
) -> None:
    request = make_request(checkout, olivia)
    workflow.change_plan(request, actor=manager, reason="Said better")
    assert authors_of(request) == {olivia.pk}

    workflow.change_plan(request, actor=ana, plan="Set it to 60.")
    workflow.change_plan(request, actor=None, plan="Set it to 70.")
    assert authors_of(request) == {olivia.pk, ana.pk}
