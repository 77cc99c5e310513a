"""docker-compose.yml and deploy/: what can be known of them without Docker."""

import subprocess
import sys
from pathlib import Path

from tests.deploy import compose
from tests.deploy.compose import ROOT
from tests.deploy.processes import environment


def test_the_file_fits_the_compose_specification() -> None:
    schema = ["--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, str(compose.FILE)],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


def test_it_has_every_process_the_house_needs() -> None:
    assert set(compose.ours()) == {"prepare", "web", "worker", "beat", "pager"}
    assert {"db", "redis"} <= set(compose.read()["services"])


def test_what_runs_on_restarts_and_says_how_it_is() -> None:
    for name, service in compose.read()["services"].items():
        if name != "prepare":
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
    assert compose.read()["services"]["prepare"]["restart"] == "no"


def test_nothing_of_ours_starts_before_the_database_is_prepared() -> None:
    for name, service in compose.ours().items():
        waits_for = service["depends_on"]
        assert waits_for["db"]["condition"] == "service_healthy", name
        if name != "prepare":
            assert waits_for["prepare"]["condition"] == "service_completed_successfully", name


def test_only_the_web_process_is_reached_and_only_from_this_machine() -> None:
    services = compose.read()["services"].items()
    ports = {name: service["ports"] for name, service in services if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}


def test_our_processes_have_no_rights_to_spare() -> None:
    for name, service in compose.ours().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
    assert "\nUSER 10001\n" in (ROOT / "deploy/Dockerfile").read_text()


def test_what_a_service_names_exists() -> None:
    file = compose.read()
    for name, service in file["services"].items():
        assert set(service.get("secrets", [])) <= set(file["secrets"]), name
        assert set(service.get("networks", [])) <= set(file["networks"]), name
        mounted = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert mounted <= set(file["volumes"]), name


def test_secrets_come_from_files_that_make_secrets_makes(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets"
    script.write_text((ROOT / "deploy/make-secrets").read_text())

    first, second = (
        subprocess.run(
            ["sh", str(script)], env=environment(), capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    )

    named = {Path(entry["file"]).name for entry in compose.read()["secrets"].values()}
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == named
    assert first.count("made") == len(named)
    assert second.count("kept") == len(named)
    assert f"evenkeel:{made['database_password']}@db:5432" in made["database_url"]
    assert len(made["secret_key"]) >= 48
    assert made["secret_key"] != made["audit_key"]


def test_the_image_holds_what_runs_and_nothing_else() -> None:
    kept = (ROOT / "deploy/Dockerfile.dockerignore").read_text().split()
    named = {line.removeprefix("!") for line in kept if line.startswith("!")}
    assert all((ROOT / name).exists() for name in named)
    assert {"portal", "operations", "knowledge", "maintenance", "incidents"} < named
    assert {"templates", "static", "manage.py", "requirements.lock"} < named
