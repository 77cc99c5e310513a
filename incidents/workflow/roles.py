"""
Roles: who commands, who tells, who writes down; given, offered, accepted and left.

A role of one holder passes in the moment it is given or accepted; an offer changes nothing
until then. Whoever leads a grave incident that was acknowledged cannot simply go: somebody
else takes it first. `Incident.commander` is the same fact beside the row, for lists.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import HELD_BY_ONE, Incident, IncidentRole, Role
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident, save
from operations.models import Severity
from portal import clock, events
from portal.errors import DomainError, Refusal, TransitionNotAllowed, refuse
from portal.models import Event, Urgency, User
from portal.notify import notify


@transaction.atomic
def give_role(incident: Incident, *, role: str, person: User, actor: User) -> IncidentRole:
    """Give a role at once, take it, or join as an observer; a holder before it is relieved."""
    locked = locked_incident(incident)
    ensure(locked, "give_role")
    role = Role(role)
    if reasons := why_not_hold(locked, role, person):
        raise TransitionNotAllowed(reasons)
    return pass_on(locked, role, person, actor=actor)


@transaction.atomic
def hand_over(
    incident: Incident, *, role: str, person: User, before: User | None, actor: User
) -> IncidentRole:
    """
    Give a role of one holder to somebody, as long as `before` still has it; None: nobody.

    Of two who hand it over at once, the second is told who has it now. Whoever gets it hears
    of it.
    """
    locked = locked_incident(incident)
    ensure(locked, "give_role")
    role = Role(role)
    if role not in HELD_BY_ONE:
        raise refuse("held_by_many", _("This role is not handed over: many can have it."))
    holding = _held(locked, role)
    if (holding.person if holding else None) != before:
        raise _holder_changed(role, holding)
    if reasons := why_not_hold(locked, role, person):
        raise TransitionNotAllowed(reasons)
    row = pass_on(locked, role, person, actor=actor)
    if person != actor:
        notify(
            person,
            key=f"role-given:{row.pk}",
            urgency=Urgency.HIGH,
            kind="role",
            subject=_("You are %(role)s of %(incident)s now")
            % {"role": role.label.lower(), "incident": locked.number},
            body=_("%(actor)s has handed it over to you.") % {"actor": actor.name},
            url=locked.get_absolute_url(),
            topic=locked.reference,
        )
    return row


def _holder_changed(role: Role, holding: IncidentRole | None) -> DomainError:
    remedy = _("Look again, then hand it over if that is still right.")
    name = {"role": role.label.lower(), "person": holding.person.name if holding else ""}
    sentence = _("%(person)s is %(role)s now.") if holding else _("Nobody is %(role)s now.")
    return refuse("holder_changed", sentence % name, remedy)


@transaction.atomic
def offer_role(incident: Incident, *, role: str, person: User, actor: User) -> IncidentRole:
    """Ask somebody to take a role over; until they accept, its holder has it."""
    locked = locked_incident(incident)
    ensure(locked, "give_role")
    role = Role(role)
    holding = _held(locked, role)
    if holding is None or role not in HELD_BY_ONE:
        raise refuse("not_held", _("Nobody holds this role, so it is given and not offered."))
    if reasons := why_not_hold(locked, role, person):
        raise TransitionNotAllowed(reasons)
    holding.offered_to = person
    holding.save(update_fields=["offered_to"])
    event = _tell("incident.role_offered", locked, role, actor, person=person.name)
    notify(
        person,
        key=f"role-offered:{event.pk}",
        urgency=Urgency.HIGH,
        kind="role",
        subject=_("Will you take over %(incident)s?") % {"incident": locked.number},
        body=_("%(actor)s asks you to be its %(role)s. Open the incident to accept.")
        % {"actor": actor.name, "role": role.label.lower()},
        url=locked.get_absolute_url(),
        topic=locked.reference,
    )
    return holding


@transaction.atomic
def accept_role(incident: Incident, *, role: str, actor: User) -> IncidentRole:
    """Take over what was offered; of two who try, the second finds no offer."""
    locked = locked_incident(incident)
    ensure(locked, "give_role")
    if _offered(locked, Role(role), actor).offered_to_id != actor.pk:
        raise refuse("not_offered", _("You hold this role; somebody else is to accept it."))
    return pass_on(locked, Role(role), actor, actor=actor)


@transaction.atomic
def decline_role(incident: Incident, *, role: str, actor: User) -> IncidentRole:
    """Refuse an offer, or take back one's own; the holder keeps the role."""
    locked = locked_incident(incident)
    holding = _offered(locked, Role(role), actor)
    holding.offered_to = None
    holding.save(update_fields=["offered_to"])
    _tell("incident.role_declined", locked, Role(role), actor, person=actor.name)
    return holding


@transaction.atomic
def leave_role(incident: Incident, *, role: str, person: User, actor: User) -> IncidentRole:
    """Give a role up, or relieve somebody of it, where nobody need follow."""
    locked = locked_incident(incident)
    ensure(locked, "give_role")
    role = Role(role)
    holding = _held(locked, role, person)
    if holding is None:
        sentence = _("%(person)s does not hold this role.") % {"person": person.name}
        raise refuse("not_held", sentence)
    if role == Role.COMMANDER and (reasons := why_not_without_commander(locked)):
        raise TransitionNotAllowed(reasons)
    _end(holding)
    if role == Role.COMMANDER:
        locked.commander = None
        told = {"role": str(role), "person": person.name}
        save(locked, actor, ["commander"], "incident.role_left", **told)
    else:
        _tell("incident.role_left", locked, role, actor, person=person.name)
    return holding


def why_not_hold(incident: Incident, role: str, person: User) -> list[Refusal]:
    """Return every reason why this person cannot have this role."""
    name = {"person": person.name}
    if not person.may_look or (role != Role.OBSERVER and not person.may_work):
        return [
            Refusal(
                "cannot_work",
                _("%(person)s has no access for this.") % name,
                _("Choose somebody who works here."),
            )
        ]
    if _held(incident, role, person) is not None:
        return [Refusal("already_holds", _("%(person)s holds this role already.") % name)]
    return []


def why_not_without_commander(incident: Incident) -> list[Refusal]:
    """A grave incident that somebody has acknowledged is led by somebody, until its end."""
    if not incident.is_answered or incident.severity > Severity.P1:
        return []
    return [
        Refusal(
            "commander_needed",
            _("A P0 or P1 that was acknowledged is not left without a commander."),
            _("Give the command to somebody else, or offer it."),
        )
    ]


def pass_on(locked: Incident, role: str, person: User, *, actor: User | None) -> IncidentRole:
    """Give a role of a held incident that the rules let be given, and say so."""
    before = _held(locked, role) if role in HELD_BY_ONE else None
    row = hold(locked, role, person, actor=actor)
    told = {"person": person.name, "before": before.person.name if before else ""}
    if role == Role.COMMANDER:
        save(locked, actor, ["commander"], "incident.role_given", role=str(role), **told)
    else:
        _tell("incident.role_given", locked, role, actor, **told)
    return row


def hold(locked: Incident, role: str, person: User, *, actor: User | None) -> IncidentRole:
    """Write that a person has a role; save `commander` with it. What they had stays."""
    current = _held(locked, role) if role in HELD_BY_ONE else _held(locked, role, person)
    if role == Role.COMMANDER:
        locked.commander = person
    if current is not None and current.person_id == person.pk:
        return current
    if current is not None:
        _end(current)
    return IncidentRole.objects.create(
        incident=locked, role=Role(role), person=person, given_by=actor, started_at=clock.now()
    )


def _held(incident: Incident, role: str, person: User | None = None) -> IncidentRole | None:
    rows = incident.roles.filter(role=role, ended_at=None).select_related("person")
    return (rows.filter(person=person) if person else rows).first()


def _offered(locked: Incident, role: str, person: User) -> IncidentRole:
    offered = locked.roles.filter(role=role, ended_at=None, offered_to__isnull=False)
    mine = offered.filter(offered_to=person) | offered.filter(person=person)
    holding = mine.first()
    if holding is None:
        raise refuse("not_offered", _("This role is not offered to you, or not any more."))
    return holding


def _end(holding: IncidentRole) -> None:
    holding.ended_at, holding.offered_to = max(clock.now(), holding.started_at), None
    holding.save(update_fields=["ended_at", "offered_to"])


def _tell(kind: str, locked: Incident, role: str, actor: User | None, **told: Any) -> Event:
    return events.record(kind, locked, actor=actor, role=str(role), **told)
