"""The demo's status page: components in groups with a quarter behind them, and maintenance."""

from __future__ import annotations

from django.db.models import Q

from incidents.models import (
    AffectedComponent,
    ComponentGroup,
    ComponentState,
    Incident,
    PublicImpact,
    PublicMaintenance,
    StatusComponent,
    UpdateComponent,
    UpdateDraft,
)
from incidents.workflow import follow_components
from incidents.workflow.maintenance_phases import follow_announced
from portal.demo import DAYS, Story, keep, wipe

GROUPS = {
    "Shopping": {
        "Web shop": ("Shop", "The pages of our shops, in all countries."),
        "Search": ("Search", "Finding products."),
        "Checkout": ("Checkout", "From the basket to the receipt."),
    },
    "Accounts and payments": {
        "Sign-in": ("Sign-in", "Your account, and signing in."),
        "Payments API": ("Card payments", "For partners and our own shops."),
    },
}


def load(story: Story) -> None:
    at = story.at(DAYS - 1, 9)
    for order, (name, members) in enumerate(GROUPS.items(), start=1):
        group = _group(name, order * 10)
        keep(group, by=story.people["sara"], at=at)
        for place, (service, (shown, words)) in enumerate(members.items(), start=1):
            row = story.services[service]
            component = StatusComponent(
                name=shown,
                slug=row.slug,
                description=words,
                group=group,
                order=place * 10,
                service=row,
                known_since=at,
                is_demo=True,
            )
            keep(component, by=story.people["sara"], at=at)
    _declare()
    follow_announced(story.now)
    follow_components(story.now)


def _group(name: str, order: int) -> ComponentGroup:
    is_taken = ComponentGroup.objects.filter(name=name).exists()
    return ComponentGroup(
        name=f"{name} (demo)" if is_taken else name, order=order, is_demo=True
    )


def _declare() -> None:
    """What was told of an incident says what state its component was in."""
    told = Incident.objects.filter(is_demo=True, updates__isnull=False).distinct()
    shown = {row.service_id: row for row in StatusComponent.objects.filter(is_demo=True)}
    states = (ComponentState.MAJOR_OUTAGE, ComponentState.PARTIAL_OUTAGE)
    AffectedComponent.objects.bulk_create(
        AffectedComponent(
            incident=incident,
            component=shown[incident.service_id],
            state=ComponentState.OPERATIONAL if incident.resolved_at else states[1],
            worst=states[min(incident.severity, 1)],
            declared_at=incident.detected_at,
        )
        for incident in told
        if incident.service_id in shown
    )


def remove() -> None:
    """Also what became a component of a demo service by itself."""
    wipe(
        PublicMaintenance.objects.filter(
            Q(window__is_demo=True) | Q(window__services__is_demo=True)
        )
    )
    incidents = Incident.objects.filter(service__is_demo=True)
    wipe(PublicImpact.objects.filter(incident__in=incidents))
    components = StatusComponent.objects.filter(Q(is_demo=True) | Q(service__is_demo=True))
    theirs = Q(component__in=components)
    UpdateComponent.objects.filter(theirs | Q(update__incident__in=incidents)).delete()
    AffectedComponent.objects.filter(theirs | Q(incident__in=incidents)).delete()
    UpdateDraft.objects.filter(incident__in=incidents).delete()
    wipe(components)
    wipe(ComponentGroup.objects.filter(is_demo=True))
