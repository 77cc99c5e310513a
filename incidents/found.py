"""What the auditor asks about incidents."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from incidents.models import EscalationStep
from portal.auditor import LATE_AFTER, Found, question


@question
def escalations_go_on(now: datetime) -> Iterator[Found]:
    late = EscalationStep.objects.filter(
        state=EscalationStep.State.DUE, due_at__lt=now - LATE_AFTER
    )
    if count := late.count():
        sentence = _("Escalations are late: their steps fell due over a minute ago.")
        yield Found("escalation_late", sentence, count)
