"""
Calls of forges: kept as they came, then read once each, in whatever order they came.

The commit of a call is what the forge's 202 promises. What a deployment's calls say is put
together from all of them (`maintenance.forges.telling.course_of`), so that neither their order
nor a call that comes twice makes a difference. A source's calls are read one after the other.
"""

import json
import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from maintenance.artefacts import sha256
from maintenance.forges import FORGES, Moment, Nothing, Stage, Telling, Unreadable
from maintenance.forges.telling import course_of
from maintenance.models import (
    CallState,
    Deployment,
    DeploymentSource,
    MaintenanceRequest,
    SourceCall,
)
from maintenance.workflow.deployments import Commit, record_deployment
from portal import clock, events
from portal.errors import DomainError, Refusal, TransitionNotAllowed
from portal.hints import later
from portal.models import Service, User
from portal.strict import BadBody, parse_json_leniently

log = logging.getLogger(__name__)

ATTEMPTS = 10
LONGEST_WAIT = timedelta(minutes=10)
REJECTED_KEPT = 20  # of each source, the newest
BEGINNING = 4096  # bytes that are kept of a rejected call
LONGEST_BODY = 10 * 1024 * 1024  # bytes
KEPT_FOR = timedelta(days=90)
TEST_ENVIRONMENT = "evenkeel-test"


def accept_call(
    source: DeploymentSource, body: bytes, content_type: str, headers: Mapping[str, str]
) -> tuple[SourceCall, bool]:
    """Keep one call; return it, and whether it is new: a delivery sent again is the same."""
    forge = FORGES[source.kind]
    call = SourceCall(
        source=source,
        delivery=forge.delivery_of(headers),
        event=forge.event_of(headers, _json(source, body, content_type)),
        content_type=content_type[:200],
        body=body,
        received_at=clock.now(),
        due_at=clock.now(),
    )
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:
        known = source.calls.exclude(state=CallState.REJECTED).filter(delivery=call.delivery)
        return known.get(), False
    later("maintenance.read_source_calls")
    return call, True


def test_source(source: DeploymentSource, *, actor: User | None) -> SourceCall:
    """
    Take in a made-up call by the way that real ones come, signed and all.

    It tells of a deployment to an environment of its own, so that it is not counted.
    """
    forge, now, delivery = FORGES[source.kind], clock.now(), str(uuid.uuid4())
    repository = next(iter(source.repositories), "evenkeel/test")
    event, said = forge.sample(repository, TEST_ENVIRONMENT, now, f"test-{delivery[:8]}")
    body = json.dumps(said).encode()
    headers = forge.headers_of(event, delivery) | forge.sign(body, source.secret)
    if why := why_not_let_in(source, body, headers, now):
        raise TransitionNotAllowed([Refusal("not_let_in", why)])
    call, _is_new = accept_call(source, body, "application/json", headers)
    events.record("source.tested", source, actor=actor, call=call.pk)
    return call


@transaction.atomic
def reject_call(
    source: DeploymentSource,
    body: bytes,
    content_type: str,
    headers: Mapping[str, str],
    *,
    why: str,
) -> SourceCall:
    """Keep the beginning of a call that was turned away, and why; only the newest few."""
    call = SourceCall.objects.create(
        source=source,
        delivery=FORGES[source.kind].delivery_of(headers),
        event=FORGES[source.kind].event_of(headers, None),
        content_type=content_type[:200],
        body=body[:BEGINNING],
        received_at=clock.now(),
        state=CallState.REJECTED,
        note=why,
    )
    rejected = source.calls.filter(state=CallState.REJECTED).order_by("-pk")
    newest = list(rejected.values_list("pk", flat=True)[:REJECTED_KEPT])
    rejected.exclude(pk__in=newest).delete()
    return call


def why_not_let_in(
    source: DeploymentSource, body: bytes, headers: Mapping[str, str], now: datetime
) -> str:
    """Return why a call is not from this source, or not now; nothing if it may come in."""
    why: str = FORGES[source.kind].why_not_signed(headers, body, source.secrets_at(now), now)
    return why or ("" if source.is_active else "This source is switched off.")


def is_json(source: DeploymentSource, body: bytes, content_type: str) -> bool:
    return _json(source, body, content_type) is not None


def read_due_calls(now: datetime, *, limit: int = 200) -> int:
    """Read what waits, the oldest first; return how many calls were tried."""
    due = SourceCall.objects.due(now).order_by("due_at", "pk")
    numbers = list(due.values_list("pk", flat=True)[:limit])
    for number in numbers:
        read_call(number, now=now)
    return len(numbers)


def read_call(number: int, *, now: datetime) -> None:
    """Read one call that waits; what fails for no fault of its own is tried again later."""
    try:
        with transaction.atomic():
            _read(number, now)
    except Exception as error:
        log.exception("A call of a forge could not be read.")
        _try_later(number, error, now)


def forget_old_calls(now: datetime) -> int:
    """Delete what was read more than 90 days ago; the deployments stay."""
    read = [CallState.APPLIED, CallState.IGNORED, CallState.REJECTED]
    old = SourceCall.objects.filter(state__in=read, received_at__lt=now - KEPT_FOR)
    return old.delete()[0]


def _read(number: int, now: datetime) -> None:
    waiting = SourceCall.objects.filter(pk=number, state=CallState.RECEIVED)
    said = waiting.values_list("source", flat=True).first()
    if said is None:
        return
    source = DeploymentSource.objects.select_for_update(of=("self",)).get(pk=said)
    call = waiting.select_for_update(of=("self",)).first()
    if call is None:  # read meanwhile by another process
        return
    call.processed_at, call.attempts = now, call.attempts + 1
    try:
        with transaction.atomic():
            call.state, call.note = CallState.APPLIED, _apply(source, call, now)
    except Nothing as why:
        call.state, call.note = CallState.IGNORED, str(why)
    except (Unreadable, DomainError) as why:
        call.state, call.note = CallState.FAILED, str(why)
    except ValidationError as why:
        call.state, call.note = CallState.FAILED, " ".join(why.messages)
    call.save()
    if call.state == CallState.FAILED:
        _tell_of_failure(source, call)


def _try_later(number: int, error: Exception, now: datetime) -> None:
    wait = SourceCall.objects.filter(pk=number, state=CallState.RECEIVED)
    for call in wait:
        call.attempts += 1
        call.note = f"{type(error).__name__}: {error}"[:2000]
        call.due_at = now + min(timedelta(seconds=2**call.attempts), LONGEST_WAIT)
        if call.attempts >= ATTEMPTS:
            call.state, call.processed_at = CallState.FAILED, now
        call.save(update_fields=["attempts", "note", "due_at", "state", "processed_at"])
        if call.state == CallState.FAILED:
            _tell_of_failure(call.source, call)


def _tell_of_failure(source: DeploymentSource, call: SourceCall) -> None:
    events.record(
        "source.misunderstood", source, actor=None, call=call.pk, note=call.note[:1000]
    )


def _apply(source: DeploymentSource, call: SourceCall, now: datetime) -> str:
    """
    Do what a call says, and return what is to be noted of it.

    Nothing ends after it was told of: by a clock that is ahead, it is taken for just now.
    """
    body = _json(source, bytes(call.body), call.content_type)
    telling: Telling = FORGES[source.kind].read(call.event, body)
    call.about, call.sha = telling.about, telling.sha
    call.committed_at = telling.committed_at
    is_pipeline = not telling.environment
    if is_pipeline and (not source.pipeline or telling.pipeline != source.pipeline):
        return _keep_commit(source, telling, now)
    if telling.moment is None:
        raise Nothing("It is neither a beginning nor an end.")
    moment = Moment(telling.moment.stage, min(telling.moment.at, call.received_at))
    call.stage, call.happened_at = moment.stage, moment.at
    moments = [moment, *_told_before(source, call)]
    course = course_of(moments)
    assert course is not None
    request, artefact, notes = _extras(telling)
    call.deployment = record_deployment(
        service=_service(source, telling.repository),
        version=telling.version,
        external_id=telling.about,
        environment=_environment(source, telling),
        source=source.told_as,
        result=course.result,
        started_at=course.started_at,
        finished_at=course.finished_at,
        commit=telling.sha,
        commits=_commits(source, telling),
        request=request,
        artefact_sha256=artefact,
        actor=None,
        now=now,
    )
    return " ".join(notes)


def _told_before(source: DeploymentSource, call: SourceCall) -> list[Moment]:
    told = source.calls.filter(about=call.about, state=CallState.APPLIED).exclude(stage="")
    rows = told.exclude(pk=call.pk).values_list("stage", "happened_at")
    return [Moment(Stage(stage), at) for stage, at in rows if at is not None]


def _service(source: DeploymentSource, repository: str) -> Service:
    known = {name.lower(): slug for name, slug in source.repositories.items()}
    slug = known.get(repository.lower())
    service = Service.objects.current().filter(slug=slug).first() if slug else source.service
    if service is None:
        sentence = _("No service is named for the repository “%(name)s”.")
        remedy = _("Add it to the source, then read this call again.")
        raise Unreadable(f"{sentence % {'name': repository}} {remedy}")
    return service


def _environment(source: DeploymentSource, telling: Telling) -> str:
    if not telling.environment:
        return source.pipeline_environment
    known = {name.lower(): ours for name, ours in source.environments.items()}
    ours: str = known.get(telling.environment.lower(), telling.environment)
    return ours[:40]


def _extras(telling: Telling) -> tuple[MaintenanceRequest | None, str, list[str]]:
    """Return the request and the artefact that it names, and what is wrong with either."""
    notes, request, artefact = [], None, ""
    if telling.request:
        number = int(telling.request.partition("-")[2])
        request = MaintenanceRequest.objects.filter(pk=number).first()
        if request is None:
            notes.append(_("There is no request %(number)s.") % {"number": telling.request})
    try:
        artefact = sha256(telling.artefact_sha256)
    except ValidationError:
        notes.append(_("Its artefact_sha256 is no SHA-256, and was left out."))
    return request, artefact, notes


def _commits(source: DeploymentSource, telling: Telling) -> list[Commit]:
    """Return the commit with its time, where this call or another one told of that."""
    at = telling.committed_at
    if at is None and telling.sha:
        told = source.calls.filter(sha=telling.sha, committed_at__isnull=False)
        at = told.order_by(F("pk").desc()).values_list("committed_at", flat=True).first()
    return [Commit(telling.sha, at)] if at and telling.sha else []


def _keep_commit(source: DeploymentSource, telling: Telling, now: datetime) -> str:
    """Add when it was made to the deployments that brought it."""
    if telling.committed_at is None or not telling.sha:
        raise Nothing("It says of no commit when it was made.")
    brought = Deployment.objects.filter(source=source.told_as, commit=telling.sha)
    for deployment in brought.select_related("service"):
        record_deployment(
            service=deployment.service,
            version=deployment.version,
            external_id=deployment.external_id,
            environment=deployment.environment,
            source=deployment.source,
            result=deployment.result,
            commits=[Commit(telling.sha, telling.committed_at)],
            actor=None,
            now=now,
        )
    return _("When its commit was made is kept for the lead time; it deploys nothing.")


def _json(source: DeploymentSource, body: bytes, content_type: str) -> Any:
    """Return what the body says; None if it is not JSON."""
    try:
        said = FORGES[source.kind].json_of(body, content_type)
        return parse_json_leniently(said, limit=LONGEST_BODY).value
    except BadBody:
        return None
