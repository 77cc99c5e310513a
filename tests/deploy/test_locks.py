"""The locks hold what pyproject.toml asks for, with hashes and without addresses."""

import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(settings.BASE_DIR)
LOCKS = ["requirements.lock", "requirements-dev.lock"]
PIN = re.compile(
    r"^([\w.-]+)==([\w.+!-]+)(?: ;[^\\\n]*)? \\\n((?:    --hash=sha256:\w{64}.*\n?)+)",
    re.MULTILINE,
)


def pins(lock: str) -> dict[str, str]:
    """Package to version."""
    found = PIN.findall((ROOT / lock).read_text())
    return {canonicalize_name(name): version for name, version, _ in found}


def asked_for(group: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    if group == "dev":
        return [Requirement(line) for line in project["dependency-groups"]["dev"]]
    return [Requirement(line) for line in project["project"]["dependencies"]]


@pytest.mark.parametrize(("lock", "group"), [(LOCKS[0], ""), (LOCKS[1], ""), (LOCKS[1], "dev")])
def test_what_is_asked_for_is_locked(lock: str, group: str) -> None:
    locked = pins(lock)
    missing = [
        str(wanted)
        for wanted in asked_for(group)
        if not wanted.specifier.contains(
            locked.get(canonicalize_name(wanted.name), "0.dev0"), prereleases=True
        )
        or canonicalize_name(wanted.name) not in locked
    ]
    assert missing == [], "make lock"


def test_people_who_develop_run_what_is_shipped() -> None:
    shipped, developed = map(pins, LOCKS)
    assert shipped.items() <= developed.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_a_pin_with_hashes_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert PIN.sub("", text).strip() == ""
    assert "://" not in text


def test_each_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text()
    names = {wanted.name for group in ("", "dev") for wanted in asked_for(group)}
    assert sorted(name for name in names if f"| `{name}` |" not in reasons) == []
