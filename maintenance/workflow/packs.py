"""Packing evidence: what goes along is told elsewhere; that it was packed is kept here."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from maintenance.evidence_pack import files_of, log_of
from maintenance.models import Deployment, GateQuestion, MaintenanceRequest
from maintenance.sealed_pack import sealed_zip
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User

MOST = 1000  # requests in one pack
MOST_ROWS = 10_000  # deployments, and questions of the gate
MOST_EVENTS = 100_000  # of the log


class Pack(NamedTuple):
    name: str
    content: bytes
    seal: str


def pack_request(request: MaintenanceRequest, *, actor: User) -> Pack:
    """Pack all that is kept of a request; its seal goes into the log."""
    content, seal = _packed(
        MaintenanceRequest.objects.filter(pk=request.pk),
        Deployment.objects.filter(request=request.pk),
        GateQuestion.objects.filter(request=request.pk),
        title=str(request),
        who=str(actor),
    )
    with transaction.atomic():
        events.record("request.evidence_packed", request, actor=actor, seal=seal)
    return Pack(f"{request.number}-evidence.zip", content, seal)


def pack_service(service: Service, *, start: datetime, end: datetime, actor: User) -> Pack:
    """Pack the requests that a service had in `[start, end)`, and what was deployed then."""
    requests = MaintenanceRequest.objects.filter(service=service, created_at__lt=end)
    content, seal = _packed(
        requests.exclude(closed_at__lt=start),
        Deployment.objects.filter(service=service, recorded_at__gte=start, recorded_at__lt=end),
        GateQuestion.objects.filter(service=service, asked_at__gte=start, asked_at__lt=end),
        title=f"{service}, {start:%Y-%m-%d %H:%M %Z} to {end:%Y-%m-%d %H:%M %Z}",
        who=str(actor),
    )
    with transaction.atomic():
        events.record(
            "service.evidence_packed",
            service,
            actor=actor,
            seal=seal,
            since=start.isoformat(),
            until=end.isoformat(),
        )
    return Pack(f"{service.slug}-evidence.zip", content, seal)


def _packed(
    requests: QuerySet[MaintenanceRequest],
    deployments: QuerySet[Deployment],
    questions: QuerySet[GateQuestion],
    *,
    title: str,
    who: str,
) -> tuple[bytes, str]:
    """Read and pack, outside of any transaction: on SQLite one would stop all who write."""
    _require_few(requests.count(), MOST, _("requests"))
    _require_few(deployments.count(), MOST_ROWS, _("deployments"))
    _require_few(questions.count(), MOST_ROWS, _("questions of the deploy gate"))
    found = list(requests.select_related("service", "action_item").order_by("pk"))
    deployed = list(deployments.order_by("pk"))
    asked = list(questions.order_by("pk"))
    log = log_of(found, deployed, asked)
    _require_few(log.count(), MOST_EVENTS, _("events in the log"))
    now = clock.now()
    files = files_of(found, deployed, asked, log=log, title=title, who=who, at=now)
    return sealed_zip(files, at=now)


def _require_few(found: int, most: int, what: str) -> None:
    if found > most:
        sentence = _("There are more than %(most)d %(what)s in this time.")
        sentence %= {"most": most, "what": what}
        raise TransitionNotAllowed([Refusal("too_many", sentence, _("Choose less time."))])
