"""Which kinds of events a reader may see alone."""

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from portal.models import Event


class Group(TextChoices):
    PEOPLE = "people", _("People")
    ALERTS = "alerts", _("Alerts")
    PAGES = "pages", _("Pages")
    CHANGES = "changes", _("Changes")
    PUBLIC = "public", _("Public")


# Every other kind is about what people did.
KINDS: dict[Group, list[str]] = {
    Group.ALERTS: [
        "incident.alert_joined",
        "incident.alert_attached",
        "incident.alert_cleared",
        "incident.all_alerts_cleared",
    ],
    Group.PAGES: [
        "incident.paging_held",
        "incident.paged",
        "incident.paged_nobody",
        "incident.paged_again",
        "incident.not_reached",
        "incident.step_skipped",
        "incident.paging_waits",
        "incident.everybody_was_told",
        "incident.escalated",
        "incident.person_paged",
        "incident.policy_applied",
        "incident.snooze_ended",
        "incident.acknowledgement_lapsed",
    ],
}


def of_group(rows: QuerySet[Event], group: str) -> QuerySet[Event]:
    """Keep the events of a group; all of them for none."""
    if not group:
        return rows
    if group == Group.PEOPLE:
        return rows.exclude(kind__in=[kind for kinds in KINDS.values() for kind in kinds])
    return rows.filter(kind__in=KINDS.get(Group(group), []))
