"""Handing a role over: those at hand first, one tap each, and who has it now in plain sight."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from incidents import workflow
from incidents.access import incident_for
from incidents.command_forms import HandOverForm, workers
from incidents.models import HELD_BY_ONE, Incident, IncidentRole, Role
from operations.on_call import everybody_on_call, shown_schedules
from portal import clock
from portal.errors import DomainError, Refusal
from portal.http import Request
from portal.models import Membership, User


class AtHand(NamedTuple):
    """Somebody to hand over to, why they stand there, and what is asked before."""

    person: User
    because: str
    question: str


@require_http_methods(["GET", "POST"])
def hand_over(request: Request, pk: int, role: str) -> HttpResponse:
    """Give a role of one holder to somebody; 409 with the page anew if somebody was faster."""
    incident = incident_for(request.user, pk, may="change")
    if role not in HELD_BY_ONE:
        raise Http404
    if request.method != "POST":
        return _page(request, incident, Role(role))
    form = HandOverForm(request.POST)
    if not form.is_valid():
        return _page(request, incident, Role(role), form=form, status=422)
    try:
        row = workflow.hand_over(incident, role=role, **form.cleaned_data, actor=request.user)
    except DomainError as refused:
        reasons = refused.refusals
        return _page(request, incident, Role(role), refusals=reasons, status=409)
    words = {"person": row.person.name, "role": Role(role).label.lower()}
    messages.success(request, _("%(person)s is %(role)s now.") % words)
    return redirect(incident)


def _page(
    request: Request,
    incident: Incident,
    role: Role,
    *,
    form: forms.Form | None = None,
    refusals: Iterable[Refusal] = (),
    status: int = 200,
) -> HttpResponse:
    rows = list(incident.roles.filter(ended_at=None).select_related("person"))
    holder = next((row.person for row in rows if row.role == role), None)
    context: dict[str, Any] = {
        "incident": incident,
        "role": role,
        "holder": holder,
        "at_hand": _at_hand(request.user, incident, role, rows, holder),
        "form": form or HandOverForm(initial={"before": holder}, auto_id="id_hand_over_%s"),
        "refusals": refusals or workflow.refusals(incident, "give_role"),
    }
    return render(request, "incidents/hand_over.html", context, status=status)


def _at_hand(
    reader: User, incident: Incident, role: Role, rows: list[IncidentRole], holder: User | None
) -> list[AtHand]:
    """The reader, who takes part, who is on call, and the team; each once, in this order."""
    now = clock.now()
    team = incident.service.team
    member = Membership.objects.filter(person=OuterRef("pk"), team=team)
    people: list[User] = list(workers().annotate(is_member=Exists(member)))
    because: dict[int, str] = {reader.pk: _("you")}
    for row in rows:
        because.setdefault(row.person_id, str(Role(row.role).label))
    for duty in everybody_on_call(now, among=shown_schedules(now)):
        if duty.team.pk == team.pk:
            for person in duty.on_call.people:
                because.setdefault(person.pk, _("on call for %(team)s") % {"team": team})
    for person in people:
        if person.is_member:  # type: ignore[attr-defined]  # a column of the query
            because.setdefault(person.pk, _("in %(team)s") % {"team": team})
    known = {person.pk: person for person in people if person != holder}
    return [
        AtHand(known[pk], why, _question(known[pk], incident, role, holder))
        for pk, why in because.items()
        if pk in known
    ]


def _question(person: User, incident: Incident, role: Role, holder: User | None) -> str:
    words = {
        "person": person.name,
        "role": role.label.lower(),
        "incident": incident.number,
        "holder": holder.name if holder else "",
    }
    if holder is None:
        return _("%(person)s becomes %(role)s of %(incident)s.") % words
    sentence = _("%(person)s becomes %(role)s of %(incident)s, in place of %(holder)s.")
    return sentence % words
