"""What the auditor asks about deployments that forges told of."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from maintenance.models import CallState, SourceCall
from portal.auditor import Found, question
from portal.models import Gravity

READ_WITHIN = timedelta(minutes=5)


@question
def calls_of_forges_are_read(now: datetime) -> Iterator[Found]:
    """What waits although a task looks each minute would be missing from every figure."""
    waiting = SourceCall.objects.due(now).filter(state=CallState.RECEIVED)
    if count := waiting.filter(received_at__lt=now - READ_WITHIN).count():
        sentence = _("What forges told of deployments over five minutes ago has not been read.")
        url = reverse("maintenance:source-calls") + "?state=received"
        yield Found("source_call_late", sentence, count, Gravity.WARNING, url)
