"""The evidence pack: what is in it, and that it is checked by sh, awk and sha256sum alone."""

import io
import json
import re
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from maintenance import evidence_pack, workflow
from maintenance.models import MaintenanceRequest, RequestState
from maintenance.workflow import packs
from portal import clock
from portal.crypto import secret_hash
from portal.models import ApiToken, Event, Service, User
from tests.maintenance.make import make_deployment, make_request, request_in
from tests.make import make_service

ARTEFACT = "a" * 64


@pytest.fixture
def packed(
    client: Client, checkout: Service, olivia: User, max: User, vera: User
) -> tuple[MaintenanceRequest, Any]:
    """A request in work with all around it, and the answer of its page to Vera, who looks."""
    request = request_in(RequestState.IN_PROGRESS, checkout, olivia, max)
    make_deployment(checkout, olivia, request=request)
    asked = workflow.Asked("checkout", "production", ARTEFACT, request.number)
    workflow.ask_gate(asked, actor=olivia)
    client.force_login(vera)
    return request, client.post(f"/change/requests/{request.pk}/evidence-pack/")


def unpacked(answer: Any, folder: Path) -> list[str]:
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        pack.extractall(folder)
        return pack.namelist()


def checked(folder: Path) -> str:
    """What the commands say that stand in the pack's own README."""
    readme = (folder / "README.txt").read_text()
    script = readme.partition("sha256sum:\n")[2].partition("Nothing else")[0]
    ran = subprocess.run(
        ["/bin/sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    return ran.stdout + ran.stderr


def test_all_that_is_kept_goes_along(
    packed: tuple[MaintenanceRequest, Any], tmp_path: Path, max: User
) -> None:
    request, answer = packed

    names = unpacked(answer, tmp_path)

    home = f"requests/{request.number}"
    assert {
        "README.txt",
        "MANIFEST",
        f"plans/{request.plan_digest}.json",
        f"{home}/request.json",
        f"{home}/versions.json",
        f"{home}/votes.json",
        f"{home}/conflict-checks.json",
        "deployments.csv",
        "gate-questions.json",
        "log.json",
    } <= set(names)
    votes = json.loads((tmp_path / home / "votes.json").read_text())
    assert [(vote["person_id"], vote["plan_digest"]) for vote in votes] == [
        (max.pk, request.plan_digest)
    ]
    kinds = {event["kind"] for event in json.loads((tmp_path / "log.json").read_text())}
    assert {"request.approved", "request.started", "deployment.recorded", "gate.deny"} <= kinds


def test_its_own_readme_checks_it(
    packed: tuple[MaintenanceRequest, Any], tmp_path: Path
) -> None:
    _request, answer = packed
    unpacked(answer, tmp_path)

    said = checked(tmp_path)

    seal = answer.headers["X-Evidence-Seal"]
    assert said == f"{seal}\n"
    assert Event.objects.get(kind="request.evidence_packed").data["seal"] == seal


@pytest.mark.parametrize("what", ["votes", "log", "plan", "gone", "manifest", "reordered"])
def test_whatever_is_changed_is_found(
    packed: tuple[MaintenanceRequest, Any], tmp_path: Path, what: str
) -> None:
    request, answer = packed
    unpacked(answer, tmp_path)
    seal = answer.headers["X-Evidence-Seal"]
    manifest = tmp_path / "MANIFEST"
    lines = manifest.read_text().splitlines(keepends=True)
    files = {
        "votes": tmp_path / "requests" / request.number / "votes.json",
        "log": tmp_path / "log.csv",
        "plan": tmp_path / "plans" / f"{request.plan_digest}.json",
    }
    if what in files:
        files[what].write_text(files[what].read_text().replace("a", "b", 1))
    elif what == "gone":
        (tmp_path / "log.csv").unlink()
    elif what == "manifest":
        manifest.write_text("".join(line for line in lines if " log.csv " not in line))
    else:
        manifest.write_text("".join([lines[1], lines[0], *lines[2:]]))

    said = checked(tmp_path)

    assert said != f"{seal}\n"
    assert re.search("BROKEN|FAILED|No such file|WARNING", said)


def test_every_plan_that_there_was_is_in_it(
    client: Client, checkout: Service, olivia: User, tmp_path: Path
) -> None:
    request = make_request(checkout, olivia)
    first = request.plan_digest
    request = workflow.change_plan(request, plan="Set it to 60.", actor=olivia)
    client.force_login(olivia)

    answer = client.post(f"/api/v1/maintenance-requests/{request.pk}/evidence-pack/")

    unpacked(answer, tmp_path)
    found = {path.stem: path.read_text() for path in (tmp_path / "plans").iterdir()}
    assert set(found) == {first, request.plan_digest}
    assert "Set it to 60." in found[request.plan_digest]


def test_of_a_service_and_a_time(
    client: Client, checkout: Service, olivia: User, tmp_path: Path
) -> None:
    mine = make_request(checkout, olivia)
    other = make_request(make_service("Mail", team=checkout.team), olivia)
    make_deployment(checkout)
    client.force_login(olivia)

    page = client.post("/change/delivery/checkout/evidence-pack/", {"days": "30"})
    body = {"service": "checkout", "first": "2026-01-01", "last": "2026-01-31"}
    early = client.post("/api/v1/evidence-packs/", body, content_type="application/json")

    names = unpacked(page, tmp_path)
    assert f"requests/{mine.number}/request.json" in names
    assert f"requests/{other.number}/request.json" not in names
    assert len(json.loads((tmp_path / "deployments.json").read_text())) == 1
    assert checked(tmp_path) == f"{page.headers['X-Evidence-Seal']}\n"
    with zipfile.ZipFile(io.BytesIO(early.content)) as pack:
        assert not [name for name in pack.namelist() if name.startswith("requests/")]
    wrong = {**body, "last": "2025-12-31"}
    answer = client.post("/api/v1/evidence-packs/", wrong, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "last")
    assert (
        client.post("/change/delivery/checkout/evidence-pack/", {"days": "7"}).status_code
        == 422
    )


def test_nobodys_secrets_go_along(
    packed: tuple[MaintenanceRequest, Any], olivia: User, tmp_path: Path
) -> None:
    unpacked(packed[1], tmp_path)

    everything = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())

    assert olivia.email not in everything
    assert "password" not in everything.lower()


def test_a_token_that_only_reads_may_take_it_along(
    client: Client, checkout: Service, olivia: User
) -> None:
    request = make_request(checkout, olivia)
    for scope, status in [("read", 200), ("deploy", 403)]:
        ApiToken.objects.create(
            person=olivia,
            name=scope,
            prefix=f"ek_{scope}",
            token_hash=secret_hash(f"ek_{scope}"),
            scopes=[scope],
            expires_at=clock.now() + timedelta(days=1),
        )
        answer = client.post(
            f"/api/v1/maintenance-requests/{request.pk}/evidence-pack/",
            headers={"Authorization": f"Bearer ek_{scope}"},
        )
        assert answer.status_code == status


@pytest.mark.parametrize("many", [1, 8])
def test_packing_asks_the_same_of_the_database_for_many(
    checkout: Service, olivia: User, many: int, django_assert_num_queries: Any
) -> None:
    for _each in range(many):
        make_request(checkout, olivia)
    found = list(MaintenanceRequest.objects.select_related("action_item"))
    log = evidence_pack.log_of(found)
    with django_assert_num_queries(14):
        evidence_pack.files_of(found, [], [], log=log, title="", who="", at=clock.now())


def test_it_is_packed_before_the_transaction_that_logs_it_begins(
    checkout: Service, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = make_request(checkout, olivia)
    around = len(connection.savepoint_ids)  # the test's own transaction
    within = []

    def spy(*rows: Any, **told: Any) -> dict[str, bytes]:
        within.append(len(connection.savepoint_ids))
        return evidence_pack.files_of(*rows, **told)

    monkeypatch.setattr(packs, "files_of", spy)
    today = clock.now()
    workflow.pack_request(request, actor=olivia)
    workflow.pack_service(checkout, start=today - timedelta(days=1), end=today, actor=olivia)
    assert within == [around, around]


@pytest.mark.parametrize(
    ("bound", "what"), [("MOST_ROWS", "deployments"), ("MOST_EVENTS", "events in the log")]
)
def test_of_more_than_fits_into_one_pack_less_time_is_asked_for(
    client: Client,
    checkout: Service,
    olivia: User,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    what: str,
) -> None:
    make_deployment(checkout, olivia)
    monkeypatch.setattr(packs, bound, 0)
    client.force_login(olivia)
    today = clock.now().date().isoformat()
    said = {"service": "checkout", "first": today, "last": today}

    answer = client.post("/api/v1/evidence-packs/", said, content_type="application/json")

    assert answer.status_code == 409
    assert f"more than 0 {what}" in answer.content.decode()
