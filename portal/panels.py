"""What the ground floor itself adds to search and to the history pages."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.urls import reverse

from portal import clock, paging
from portal.access import person_for, require_look
from portal.models import ImprovementTarget, PracticeRule, Service, Team, User
from portal.slots import contribution
from portal.versions import readable

EACH = 8  # results of one kind
SNIPPET = 160  # characters


@contribution("frame.band")
def paging_in_time(user: User, _subject: Any) -> Iterable[dict[str, Any]]:
    """Everybody must know when nobody can rely on being woken."""
    if user.may_look and (sentence := paging.state(clock.now()).sentence):
        yield {"kind": "paging", "text": sentence, "url": reverse("health")}


@readable("portal.service")
def service_record(user: User, pk: int) -> Model:
    return get_object_or_404(Service.objects.visible_to(user), pk=pk)


@readable("portal.team")
def team_record(user: User, pk: int) -> Model:
    return get_object_or_404(Team.objects.visible_to(user), pk=pk)


@readable("portal.user")
def person_record(user: User, pk: int) -> Model:
    """Their versions are for themselves and for administrators."""
    return person_for(user, pk, may="change")


@readable("portal.improvementtarget")
def target_record(user: User, pk: int) -> Model:
    require_look(user)
    return get_object_or_404(ImprovementTarget, pk=pk)


@readable("portal.practicerule")
def rule_record(user: User, pk: int) -> Model:
    require_look(user)
    return get_object_or_404(PracticeRule, pk=pk)
