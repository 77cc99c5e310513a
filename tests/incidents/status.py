"""What tests of the status page make."""

from typing import Any

from incidents import workflow
from incidents.models import StatusComponent
from portal import clock
from portal.models import Service, Team
from tests.make import make_service


def make_shown_service(name: str, *, team: Team, **fields: Any) -> Service:
    """A service, and its component if it is for the public."""
    service = make_service(name, team=team, **fields)
    workflow.cover_public_services(actor=None)
    return service


def make_component(name: str, **fields: Any) -> StatusComponent:
    fields.setdefault("slug", "")
    return workflow.make_component(name=name, actor=None, **fields)


def follow() -> int:
    """Let the page be looked at, as every few seconds."""
    return workflow.follow_components(clock.now())
