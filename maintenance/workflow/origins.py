"""
A request from what made it necessary: one press, one request for each origin that is open.

Floors above call `request_from` with where they come from; the origin stays on the request as
a reference, a label and an address, so that the thread leads both ways.
"""

from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from maintenance.models import Category, MaintenanceRequest, OriginKind
from maintenance.workflow.requests import create_request
from operations.models import Alert, Check, Severity
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User

LONGEST_TITLE = 200
LONGEST_REASON = 5000
LONGEST_LABEL = 250


class Origin(NamedTuple):
    """Where a request comes from; `reference` is its model's name and key, as in "alert:7"."""

    kind: OriginKind
    reference: str
    label: str
    url: str


@transaction.atomic
def request_from(
    origin: Origin,
    *,
    title: str,
    service: Service,
    reason: str,
    category: str = Category.CORRECTIVE,
    priority: int = Severity.P3,
    actor: User,
) -> tuple[MaintenanceRequest, bool]:
    """Make a draft, or return the open request of this origin; and whether it is new."""
    if existing := open_from(origin.reference):
        return existing, False
    try:
        with transaction.atomic():
            made = create_request(
                title=title[:LONGEST_TITLE],
                category=category,
                service=service,
                reason=reason[:LONGEST_REASON],
                priority=priority,
                origin_kind=origin.kind,
                origin_reference=origin.reference,
                origin_label=origin.label[:LONGEST_LABEL],
                origin_url=origin.url,
                actor=actor,
            )
    except IntegrityError:  # somebody pressed it at the same time
        existing = open_from(origin.reference)
        if existing is None:
            raise
        return existing, False
    return made, True


def open_from(reference: str) -> MaintenanceRequest | None:
    return MaintenanceRequest.objects.open().filter(origin_reference=reference).first()


def request_from_alert(alert: Alert, *, actor: User) -> tuple[MaintenanceRequest, bool]:
    """Make a draft that mends what an alert tells of."""
    if alert.service is None:
        sentence = _("The alert names no service, so nobody knows whose request it would be.")
        remedy = _("Write the request by hand.")
        raise TransitionNotAllowed([Refusal("no_service", sentence, remedy)])
    reason = _("The alert “%(name)s” asks for it.") % {"name": alert.name}
    told = "\n\n".join(text for text in (reason, alert.summary, alert.description) if text)
    return request_from(
        Origin(
            OriginKind.ALERT, f"alert:{alert.pk}", str(alert.name), alert.get_absolute_url()
        ),
        title=alert.summary or alert.name,
        service=alert.service,
        reason=told,
        priority=alert.severity,
        actor=actor,
    )


def request_from_check(check: Check, *, actor: User) -> tuple[MaintenanceRequest, bool]:
    """Make a draft that mends what a check found."""
    reason = _("The check “%(name)s” asks for it.") % {"name": check.name}
    told = "\n\n".join(text for text in (reason, check.last_error) if text)
    return request_from(
        Origin(
            OriginKind.CHECK, f"check:{check.pk}", str(check.name), check.get_absolute_url()
        ),
        title=_("Mend what “%(name)s” finds") % {"name": check.name},
        service=check.service,
        reason=told,
        priority=Severity.P3 if check.severity is None else check.severity,
        actor=actor,
    )


def request_from_forecast(
    *, reference: str, label: str, url: str, service: Service, reason: str, actor: User
) -> tuple[MaintenanceRequest, bool]:
    """
    Make a preventive draft before something is full, as a forecast foretells.

    `reference` is what the forecast calls its subject, such as "disk-of-orders"; as long as
    its request is open, the next forecast of it makes none.
    """
    return request_from(
        Origin(OriginKind.FORECAST, f"forecast:{service.pk}:{reference}", label, url),
        title=_("Before it is full: %(label)s") % {"label": label},
        service=service,
        reason=reason,
        category=Category.PREVENTIVE,
        actor=actor,
    )
