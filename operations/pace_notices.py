"""What people are told about load: themselves first, their managers later and without names."""

from django.urls import reverse
from django.utils.translation import gettext as _

from operations.models import PaceWarning
from portal.access import managers_of
from portal.models import Event, Team, Urgency
from portal.notify import notify


def warned(row: PaceWarning, event: Event) -> None:
    """Tell the person; which limit it is stands on their page, since managers read the log."""
    notify(
        row.person,
        key=f"event:{event.pk}",
        urgency=Urgency.LOW,
        kind="notice",
        subject=_("A word about your load"),
        body=_(
            "A limit was passed, or a night was disturbed. Your page says which and what would "
            "help; only you see it. Settle it there, and your managers are not told."
        ),
        url=row.get_absolute_url(),
        event=event,
    )


def unsettled(row: PaceWarning, event: Event) -> None:
    """Tell the managers which limit was passed in which team: no name, no figures."""
    what = row.get_kind_display()
    for team in Team.objects.of(row.person):
        for manager in managers_of(team).exclude(pk=row.person_id):
            notify(
                manager,
                key=f"event:{event.pk}:{team.pk}",
                urgency=Urgency.LOW,
                kind="notice",
                subject=_("Load in %(team)s: %(what)s") % {"team": team, "what": what},
                body=_(
                    "Somebody in the team passed this limit, and nothing was settled since. "
                    "Ask in the team whether a swap or a day of rest would help."
                ),
                url=reverse("operations:pace-team", args=[team.slug]),
                event=event,
            )
