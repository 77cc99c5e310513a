"""What `collectstatic` leaves: one sheet a page, under a name that says its content."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from portal.static_files import SHEETS


@pytest.fixture
def collected(settings: Any, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "portal.static_files.StaticFiles"},
    }
    call_command(
        "collectstatic", verbosity=0, interactive=False, ignore_patterns=["admin", "drf_*"]
    )
    return tmp_path / "static"


def test_a_sheet_holds_what_it_imports(collected: Path) -> None:
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]

    for sheet in SHEETS:
        text = (collected / names[sheet]).read_text()
        assert "@import" not in text
        assert "@layer tokens {" in text
        assert "--space-1" in text
        assert (collected / f"{names[sheet]}.gz").exists()


def test_a_script_asks_for_others_by_the_names_that_are_served(collected: Path) -> None:
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]

    script = (collected / names["js/editor.js"]).read_text()
    imported = [line for line in script.splitlines() if line.startswith("import ")]
    assert len(imported) > 5
    for line in imported:
        asked = line.rpartition(" from ")[2].strip("\"';")
        assert f"js/{asked.removeprefix('./')}" in names.values()
