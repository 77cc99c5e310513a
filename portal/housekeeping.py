"""Removes what nobody needs any more; never what somebody did."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from portal.models import AnsweredRequest, Finding, Reaction
from portal.search import gaps

ANSWERS_KEPT_FOR = timedelta(days=1)
REACTIONS_KEPT_FOR = timedelta(days=30)
FINDINGS_KEPT_FOR = timedelta(days=90)


def forget(now: datetime) -> None:
    Session.objects.filter(expire_date__lt=now).delete()
    AnsweredRequest.objects.filter(created_at__lt=now - ANSWERS_KEPT_FOR).delete()
    Reaction.objects.filter(done_at__lt=now - REACTIONS_KEPT_FOR).delete()
    gaps.forget(now)
    Finding.objects.filter(cleared_at__lt=now - FINDINGS_KEPT_FOR).delete()
