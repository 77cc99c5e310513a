"""The rules that an operator copies, judged by Prometheus' own tool over their true times."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from operations.seeds import RULES as REFERENCE
from tests.monitoring.house import RULES

CASES = Path(__file__).with_name("rules_test.yml")

# What the reference's alert configuration is called among the rules.
NAMES = {
    "service-unavailable": "ServiceUnavailable",
    "error-rate-critical": "HighErrorRate",
    "database-down": "DatabaseDown",
    "security-incident": "SecurityIncident",
    "data-corruption": "DataCorruption",
    "error-rate-warning": "RaisedErrorRate",
    "latency": "HighLatency",
    "cpu": "HighCpu",
    "memory": "HighMemory",
    "disk": "DiskFull",
}


def promtool(folder: Path, rules: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    assert program, "Install Debian's package prometheus."
    (folder / "rules.yml").write_text(rules)
    shutil.copy(CASES, folder)
    command = [program, "test", "rules", CASES.name]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_rule_fires_and_clears_when_the_reference_says_so(tmp_path: Path) -> None:
    judged = promtool(tmp_path, RULES.read_text())
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("> 0.05", "> 0.15"), ("> 0.85", "> 0.95"), ("for: 10m", "for: 30s"), ("P0", "P1")],
)
def test_a_rule_that_is_wrong_is_found_out(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in RULES.read_text()
    judged = promtool(tmp_path, RULES.read_text().replace(right, wrong))
    assert judged.returncode != 0


def test_the_rules_are_those_of_the_reference_with_its_durations() -> None:
    written = dict(re.findall(r"- alert: (\w+)(.*?)annotations:", RULES.read_text(), re.DOTALL))
    assert {NAMES[rule.key] for rule in REFERENCE} == set(written)
    for rule in REFERENCE:
        waits = re.search(r"for: (\d+)m", written[NAMES[rule.key]])
        assert (int(waits[1]) if waits else 0) == rule.for_minutes, rule.name
