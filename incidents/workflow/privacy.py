"""
Private incidents, such as those of security.

Who sees one: who has a role in it, who has acknowledged it, the managers of its owner team, and
administrators. Whoever is paged for it gets a role with the page, or they could not help.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident, Role
from incidents.workflow.guards import ensure
from incidents.workflow.roles import hold
from incidents.workflow.saving import locked_incident, save
from knowledge.workflow import relabel
from portal.errors import refuse
from portal.models import Notification, User


@transaction.atomic
def set_private(
    incident: Incident, *, is_private: bool, reason: str = "", actor: User
) -> Incident:
    """Close it to everybody who is not named in it, or open it again to all who work here."""
    locked = locked_incident(incident)
    ensure(locked, "set_private")
    if locked.is_private == is_private:
        sentence = _("It is private already.") if is_private else _("It is not private.")
        raise refuse("same_privacy", sentence)
    locked.is_private = is_private
    if is_private:
        name_those_at_work(locked, actor)
    kind = "incident.made_private" if is_private else "incident.made_public"
    save(locked, actor, ["is_private"], kind, reason=reason)
    relabel(locked.reference, label=str(locked), actor=actor)
    return locked


def name_those_at_work(locked: Incident, actor: User | None) -> None:
    """Whoever closes it, has acknowledged it, or was paged for it stays with it."""
    paged = Notification.objects.filter(
        topic=locked.reference, kind="page", person__isnull=False
    )
    people = {each.person_id: each.person for each in paged.select_related("person")}
    for person in (actor, locked.acknowledged_by):
        if person is not None:
            people[person.pk] = person
    named = set(locked.roles.filter(ended_at=None).values_list("person", flat=True))
    for pk, person in people.items():
        if pk not in named and person is not None and person.may_look:
            hold(locked, Role.OBSERVER, person, actor=actor)
