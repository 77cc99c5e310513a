"""
Escalation policies: drawn step by step, given to services, applied to what is under way.

An edit concerns the escalations that begin after it. Those under way climb the copy that they
took, unless somebody applies the edit to them, which each incident's timeline says.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.drawing import Rung
from incidents.models import EscalationPolicy, EscalationRun, Incident, ServiceEscalation
from incidents.route import Atlas
from incidents.snapshots import Snapshot
from incidents.workflow.rungs import draw
from portal import events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Service, Team, User
from portal.models.tracked import delete_as
from portal.workflow.saving import add, locked, set_fields


@transaction.atomic
def create_policy(
    *, team: Team | None, rungs: Sequence[Rung] = (), actor: User | None, **fields: Any
) -> EscalationPolicy:
    """Draw a policy; the first of a team, or of the house, becomes its default."""
    is_first = not EscalationPolicy.objects.filter(team=team, is_default=True).exists()
    policy = add(EscalationPolicy(team=team, is_default=is_first, **fields), actor=actor)
    events.record("escalation_policy.created", policy, actor=actor)
    draw(policy, rungs, actor=actor)
    return policy


@transaction.atomic
def change_policy(
    policy: EscalationPolicy, *, actor: User | None, **fields: Any
) -> EscalationPolicy:
    row = locked(policy)
    if changed := set_fields(row, fields, actor=actor):
        events.record("escalation_policy.changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def make_default(policy: EscalationPolicy, *, actor: User | None) -> EscalationPolicy:
    """Have the team's services climb it that name no other; of the house, all the rest."""
    row = locked(policy)
    if row.is_default:
        raise refuse("is_default", _("This policy is the default already."))
    before = EscalationPolicy.objects.filter(team=row.team_id, is_default=True)
    for other in before.select_for_update(of=("self",)):
        set_fields(other, {"is_default": False}, actor=actor)
    set_fields(row, {"is_default": True}, actor=actor)
    events.record("escalation_policy.made_default", row, actor=actor)
    return row


@transaction.atomic
def remove_policy(policy: EscalationPolicy, *, actor: User | None) -> None:
    """Take a policy away that no service climbs; what is under way goes on with its copy."""
    row = locked(policy)
    if reasons := why_not_remove(row):
        raise TransitionNotAllowed(reasons)
    events.record("escalation_policy.removed", row, actor=actor, what=row.name)
    delete_as(row, actor)


def why_not_remove(policy: EscalationPolicy) -> list[Refusal]:
    """Return every reason why this policy cannot be taken away."""
    chosen = ServiceEscalation.objects.filter(policy=policy).select_related("service")
    if names := ", ".join(row.service.name for row in chosen[:5]):
        return [
            Refusal(
                "in_use",
                _("It is the policy of %(services)s.") % {"services": names},
                _("Give them another one first."),
            )
        ]
    return []


@transaction.atomic
def set_service_escalation(
    service: Service,
    *,
    policy: EscalationPolicy | None,
    pages_always: bool = False,
    actor: User | None,
) -> ServiceEscalation:
    """Say which policy a service climbs, None for its team's, and whether it pages always."""
    locked(service)
    row = ServiceEscalation.objects.filter(service=service).first()
    fields = {"policy": policy, "pages_always": pages_always}
    if row is None:
        row = add(ServiceEscalation(service=service, **fields), actor=actor)
    elif not set_fields(row, fields, actor=actor):
        return row
    events.record(
        "service.escalation_set",
        service,
        actor=actor,
        what=str(policy) if policy else _("that of its team"),
        pages_always=pages_always,
    )
    return row


@transaction.atomic
def apply_now(policy: EscalationPolicy, *, actor: User | None) -> int:
    """
    Have the escalations under way climb the policy as it is now; return how many do.

    Each goes on from the step where it stands, and its incident says so.
    """
    row = locked(policy)
    running = EscalationRun.objects.filter(policy=row, ended_at=None)
    count = 0
    for pk in running.order_by("incident_id").values_list("incident_id", flat=True):
        held = Incident.objects.select_for_update(of=("self",)).select_related("service")
        incident = held.get(pk=pk)
        run = running.filter(incident=incident).first()
        if run is not None:
            _apply(row, run, incident, actor)
            count += 1
    events.record("escalation_policy.applied", row, actor=actor, count=count)
    return count


def under_way(policy: EscalationPolicy) -> int:
    """How many escalations climb a copy of this policy now."""
    return EscalationRun.objects.filter(policy=policy, ended_at=None).count()


def _apply(
    policy: EscalationPolicy, run: EscalationRun, incident: Incident, actor: User | None
) -> None:
    atlas = Atlas.of([incident.service])
    drawn = EscalationPolicy.objects.with_steps().get(pk=policy.pk)
    before = Snapshot.read(run.snapshot)
    fresh = atlas.snapshot(drawn, incident.service, before.hours, turn=before.turn)
    run.snapshot = fresh.as_data()
    run.save(update_fields=["snapshot"])
    events.record("incident.policy_applied", incident, actor=actor, what=policy.name)
