"""
The last net: an incident that waits for an answer while nobody is told of it is paged again.

No way is known that leads there. What the auditor finds it also repairs (RELIABILITY R13), as
a row that was edited by hand, or an error of ours, must not keep a page from somebody.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.found import without_next_step
from incidents.models import Incident
from incidents.workflow import escalation
from portal import events
from portal.sweeping import each


def mend(now: datetime, *, limit: int = 100) -> int:
    """Start the paging of what was forgotten; return how many incidents that were."""
    lost = without_next_step(now).order_by("detected_at").values_list("pk", flat=True)
    return each(list(lost[:limit]), lambda pk: _mend(pk, now), what="Incident")


@transaction.atomic
def _mend(pk: int, now: datetime) -> bool:
    rows = Incident.objects.select_for_update(of=("self",), skip_locked=True)
    incident = rows.select_related("service__team").filter(pk=pk).first()
    if incident is None or not without_next_step(now).filter(pk=pk).exists():
        return False  # in somebody's hands, or mended meanwhile
    because = _("It waited for an answer while nobody was told.")
    escalation.start(incident, now=now, because=because)
    events.record("incident.paging_mended", incident, actor=None, because=because)
    return True
