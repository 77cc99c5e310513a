"""What the improvement board and the history pages learn of the telling of stakeholders."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.figures import PERIOD
from incidents.models import (
    CommunicationDeadline,
    CommunicationRule,
    DeadlineState,
    Incident,
    MessageTemplate,
    StakeholderGroup,
)
from portal import clock
from portal.access import require_look
from portal.models import User
from portal.slots import contribution
from portal.versions import readable

COUNTED = [DeadlineState.MET, DeadlineState.LATE, DeadlineState.BREACHED]


@contribution("improve.figures")
def told_in_time(user: User, _subject: object) -> Iterator[dict[str, Any]]:
    """Of the deadlines of the last 90 days that were answered or missed, how many were met."""
    mine = CommunicationDeadline.objects.filter(
        incident__in=Incident.objects.visible_to(user),
        state__in=COUNTED,
        due_at__gte=clock.now() - PERIOD,
    )
    n = mine.count()
    met = mine.filter(state=DeadlineState.MET).count()
    yield {
        "key": "stakeholders-in-time",
        "value": Decimal(100 * met / n).quantize(Decimal("0.1")) if n else None,
        "text": _("%(met)d of %(n)d deadlines of 90 days") % {"met": met, "n": n} if n else "",
        "state": "recorded" if n else "pending",
        "n": n,
        "url": reverse("incidents:stakeholders"),
    }


@readable("incidents.communicationrule")
def versions_of_rule(user: User, pk: int) -> CommunicationRule:
    require_look(user)
    return get_object_or_404(CommunicationRule, pk=pk)


@readable("incidents.messagetemplate")
def versions_of_message_template(user: User, pk: int) -> MessageTemplate:
    require_look(user)
    return get_object_or_404(MessageTemplate, pk=pk)


@readable("incidents.stakeholdergroup")
def versions_of_group(user: User, pk: int) -> StakeholderGroup:
    require_look(user)
    return get_object_or_404(StakeholderGroup, pk=pk)
