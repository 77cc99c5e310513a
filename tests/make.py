"""Plain functions that make one thing each. Say only what the test is about."""

from io import BytesIO
from typing import Any

from django.utils.text import slugify
from PIL import Image

from portal.models import Access, Membership, Service, Team, TeamRole, User


def make_person(
    name: str,
    *,
    team: Team | None = None,
    role: TeamRole = TeamRole.MEMBER,
    access: Access = Access.MEMBER,
    **fields: Any,
) -> User:
    email = f"{slugify(name)}@example.com"
    person = User.objects.create_user(email, "a password", name=name, access=access, **fields)
    if team is not None:
        membership = Membership(team=team, person=person, role=role)
        membership.changed_by = None
        membership.save()
    return person


def make_team(name: str = "Payments", **fields: Any) -> Team:
    team = Team(name=name, slug=slugify(name), **fields)
    team.changed_by = None
    team.save()
    return team


def make_service(name: str = "Checkout", *, team: Team, **fields: Any) -> Service:
    service = Service(name=name, slug=slugify(name), team=team, **fields)
    service.changed_by = None
    service.save()
    return service


def png(width: int = 3, height: int = 2, **options: Any) -> bytes:
    """The bytes of a small picture."""
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG", **options)
    return out.getvalue()
