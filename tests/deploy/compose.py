"""docker-compose.yml as tests read it: a service's command, environment and health check."""

import re
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FILE = ROOT / "docker-compose.yml"


def read() -> dict[str, Any]:
    """The whole file, its variables and `$$` replaced as compose does for an empty shell."""
    text = FILE.read_text()
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    found: dict[str, Any] = yaml.safe_load(text.replace("$$", "$"))
    return found


def ours() -> dict[str, dict[str, Any]]:
    """The services that run our image, by name."""
    services: dict[str, dict[str, Any]] = read()["services"]
    return {name: entry for name, entry in services.items() if "build" in entry}


def example_environment() -> dict[str, str]:
    """What an operator has who fills in nothing in deploy/env.example."""
    lines = (ROOT / "deploy/env.example").read_text().splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}


def health_check(service: dict[str, Any]) -> list[str]:
    """The command of its health check, as a program and its arguments."""
    kind, *words = service["healthcheck"]["test"]
    return ["sh", "-c", *words] if kind == "CMD-SHELL" else words
