"""The runbook that a page names, so that whoever is woken can begin with it."""

import logging

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from incidents.models import Incident
from knowledge.alert_runbooks import answer_for
from portal.models import User

log = logging.getLogger(__name__)


def runbook_line(incident: Incident, person: User) -> str:
    """
    Name the runbook of the newest alert and its address, where this person may read it.

    A page never waits or fails for it: what goes wrong here leaves the line out.
    """
    if incident.is_private:
        return ""
    try:
        with transaction.atomic():
            newest = incident.alerts.select_related("alert__service").order_by("-pk").first()
            answer = answer_for(newest.alert, person) if newest else None
    except DatabaseError:
        log.exception("The runbook of %s was not found out.", incident)
        return ""
    if answer is None:
        return ""
    address = f"{settings.SITE_URL}{answer.document.get_absolute_url()}"
    return _("Runbook: %(title)s %(url)s") % {"title": answer.document, "url": address}
