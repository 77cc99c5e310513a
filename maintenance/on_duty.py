"""Whether somebody who decides is at work while a change is carried out; a warning, no more."""

from django.utils.translation import gettext as _

from maintenance.models import MaintenanceRequest
from maintenance.timing import Span
from operations.leave import away
from portal.access import managers_of


def nobody_decides(request: MaintenanceRequest, span: Span) -> list[str]:
    """
    Warn when every manager of the owner team is away at some time within the span.

    They let a change pass, decide about an emergency, and are asked when its plan changes.
    """
    team = request.service.team
    managers = set(managers_of(team))
    gone = {leave.person for leave in away(managers, *span)}
    if not managers or managers - gone:
        return []
    people = ", ".join(sorted(map(str, managers)))
    sentence = _("All managers of %(team)s are away then, or for a part of it: %(people)s.")
    return [sentence % {"team": team, "people": people}]
