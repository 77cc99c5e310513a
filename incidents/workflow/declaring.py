"""What people declare of components for an incident, and how bad it is for the public."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.component_states import worst
from incidents.models import (
    AffectedComponent,
    ComponentState,
    Impact,
    Incident,
    PublicImpact,
    StatusComponent,
)
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import User
from portal.models.tracked import delete_as

States = Mapping[StatusComponent, str]


@transaction.atomic
def declare_components(
    incident: Incident, *, components: States, actor: User | None
) -> Incident:
    """
    Say what state these components are in because of this incident.

    Components that are not named keep what was said of them. It counts while the incident is
    open; when that is resolved, what they show is worked out anew.
    """
    locked = locked_incident(incident)
    ensure(locked, "post_update")
    set_states(locked, components, actor)
    return locked


def set_states(locked: Incident, components: States, actor: User | None) -> None:
    """Keep what was declared; for verbs that hold the incident already."""
    if not components:
        return
    if reasons := why_not_declare(components):
        raise TransitionNotAllowed(reasons)
    known = {row.component_id: row for row in locked.affected_components.all()}
    for component, state in components.items():
        before = known.get(component.pk)
        AffectedComponent.objects.update_or_create(
            incident=locked,
            component=component,
            defaults={
                "state": ComponentState(state),
                "worst": worst([state, *([before.worst] if before else [])]),
                "declared_at": clock.now(),
            },
        )
    events.record(
        "incident.components_declared",
        locked,
        actor=actor,
        components={component.slug: str(state) for component, state in components.items()},
        what=", ".join(
            f"{component.name}: {ComponentState(state).label}"
            for component, state in components.items()
        ),
    )


def why_not_declare(components: States) -> list[Refusal]:
    """What is off the page is declared of no more."""
    return [
        Refusal(
            "component_retired",
            _("%(name)s is off the status page.") % {"name": component.name},
            _("Put it back first."),
        )
        for component in components
        if component.retired_at is not None
    ]


@transaction.atomic
def judge_impact(
    incident: Incident, *, impact: str, reason: str, actor: User | None
) -> PublicImpact | None:
    """
    Say how bad it is for the public, otherwise than its components do; why is kept.

    An empty `impact` takes the judgement back: components decide again.
    """
    locked = locked_incident(incident)
    ensure(locked, "post_update")
    known = PublicImpact.objects.select_for_update().filter(incident=locked).first()
    if not impact:
        if known is not None:
            events.record("incident.impact_judged", locked, actor=actor, impact="", reason="")
            delete_as(known, actor)
        return None
    if not reason.strip():
        sentence = _("Say why it is judged otherwise than its components say.")
        raise refuse("reason_missing", sentence)
    judged = known or PublicImpact(incident=locked)
    judged.impact, judged.reason = Impact(impact), reason
    judged.changed_by = actor
    judged.save()
    events.record("incident.impact_judged", locked, actor=actor, impact=impact, reason=reason)
    return judged
