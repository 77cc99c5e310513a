"""
Updates that are not out yet: they wait for a second person, or for their moment.

Where the page asks for four eyes, who wrote an update does not let it out. One about a P0 goes
out at once, and somebody else looks at it afterwards. Whoever comes first decides.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import (
    DraftState,
    Incident,
    Phase,
    StatusComponent,
    StatusUpdate,
    UpdateDraft,
)
from incidents.page_settings import page_settings
from incidents.workflow.communication import (
    VERB_OF_PHASE,
    post_update,
    why_not_post,
    why_not_promise,
)
from incidents.workflow.declaring import States
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident
from operations.models import Severity
from portal import clock, events
from portal.errors import DomainError, Refusal, TransitionNotAllowed
from portal.models import User
from portal.sweeping import each

AT_ONCE = 50


@transaction.atomic
def submit_update(
    incident: Incident,
    *,
    phase: str,
    text: str,
    next_update_by: datetime | None = None,
    components: States | None = None,
    posted_at: datetime | None = None,
    corrects: StatusUpdate | None = None,
    publish_at: datetime | None = None,
    actor: User | None,
) -> StatusUpdate | UpdateDraft:
    """
    Tell the public now if that may be, or else keep it as a draft that can be let out.

    `publish_at` is when it is to go out by itself.
    """
    locked = locked_incident(incident)
    needs_eyes = page_settings().needs_approval
    said = {"phase": phase, "text": text, "next_update_by": next_update_by}
    at_once = publish_at is None and (not needs_eyes or locked.severity == Severity.P0)
    if at_once:
        update = post_update(
            locked,
            **said,  # type: ignore[arg-type]  # values of several types
            components=components,
            posted_at=posted_at,
            corrects=corrects,
            actor=actor,
        )
        if needs_eyes:
            _keep(locked, update=update, actor=actor, needs_look=True, **said)
        return update
    _ensure_sense(locked, phase, text, next_update_by, publish_at)
    state = DraftState.WAITING if needs_eyes else DraftState.SCHEDULED
    draft = _keep(
        locked,
        state=state,
        components={each.slug: str(state) for each, state in (components or {}).items()},
        posted_at=posted_at,
        publish_at=publish_at,
        actor=actor,
        **said,
    )
    events.record(
        "incident.update_drafted", locked, actor=actor, draft=draft.pk, state=str(state)
    )
    return draft


@transaction.atomic
def approve_draft(draft: UpdateDraft, *, actor: User) -> UpdateDraft:
    """Let it out, or at its moment; of two who decide at once the second is told."""
    locked = _locked(draft)
    if reasons := why_not_decide(locked, actor):
        raise TransitionNotAllowed(reasons)
    locked.decided_by, locked.decided_at = actor, clock.now()
    if locked.publish_at is not None and locked.publish_at > clock.now():
        locked.state = DraftState.SCHEDULED
        locked.save(update_fields=["state", "decided_by", "decided_at"])
    else:
        _post(locked)
    _tell("incident.update_approved", locked, actor)
    return locked


@transaction.atomic
def reject_draft(draft: UpdateDraft, *, reason: str, actor: User) -> UpdateDraft:
    """Do not let it out, and say why."""
    locked = _locked(draft)
    if reasons := why_not_decide(locked, actor):
        raise TransitionNotAllowed(reasons)
    locked.state, locked.reason = DraftState.REJECTED, reason
    locked.decided_by, locked.decided_at = actor, clock.now()
    locked.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    _tell("incident.update_rejected", locked, actor, reason=reason)
    return locked


@transaction.atomic
def withdraw_draft(draft: UpdateDraft, *, actor: User) -> UpdateDraft:
    """Take it back before it is out; anybody who works on the incident may."""
    locked = _locked(draft)
    if reasons := _why_not_open(locked):
        raise TransitionNotAllowed(reasons)
    locked.state = DraftState.WITHDRAWN
    locked.decided_by, locked.decided_at = actor, clock.now()
    locked.save(update_fields=["state", "decided_by", "decided_at"])
    _tell("incident.update_withdrawn", locked, actor)
    return locked


@transaction.atomic
def note_seen(draft: UpdateDraft, *, actor: User) -> UpdateDraft:
    """Say that a second person has looked at what went out at once."""
    locked = _locked(draft)
    if locked.state != DraftState.POSTED or not locked.needs_look or locked.seen_at is not None:
        sentence = _("Nothing is left to look at here.")
        raise TransitionNotAllowed([Refusal("nothing_to_see", sentence)])
    if locked.author_id == actor.pk:
        raise TransitionNotAllowed([_own()])
    locked.seen_at = locked.decided_at = clock.now()
    locked.decided_by = actor
    locked.save(update_fields=["seen_at", "decided_at", "decided_by"])
    _tell("incident.update_seen", locked, actor)
    return locked


def why_not_decide(draft: UpdateDraft, actor: User) -> list[Refusal]:
    """Return every reason why this person cannot let it out or keep it in."""
    if draft.state != DraftState.WAITING:
        state = draft.get_state_display()
        sentence = _("It waits for nobody: %(state)s.") % {"state": state}
        return [Refusal("not_waiting", sentence)]
    return [_own()] if draft.author_id == actor.pk else []


def publish_due(now: datetime) -> int:
    """Let out what is scheduled; return how many were looked at."""
    due = UpdateDraft.objects.due(now).order_by("publish_at", "pk")
    pks = list(due.values_list("pk", flat=True)[:AT_ONCE])
    return each(pks, _publish_scheduled, what="scheduled update")


def _publish_scheduled(pk: int) -> int:
    """What cannot go out any more, for the incident has moved on, is kept in and says why."""
    with transaction.atomic():
        rows = UpdateDraft.objects.select_for_update(of=("self",))
        locked = rows.due(clock.now()).filter(pk=pk).first()
        if locked is None:
            return 0
        try:
            with transaction.atomic():
                _post(locked)
        except DomainError as refused:
            locked.refresh_from_db()
            locked.state, locked.reason = DraftState.WITHDRAWN, str(refused)[:500]
            locked.save(update_fields=["state", "reason"])
            _tell("incident.update_withdrawn", locked, None, reason=locked.reason)
    return 1


def _post(locked: UpdateDraft) -> None:
    found = StatusComponent.objects.current().filter(slug__in=list(locked.components))
    update = post_update(
        locked.incident,
        phase=locked.phase,
        text=locked.text,
        next_update_by=locked.next_update_by,
        components={each: locked.components[each.slug] for each in found},
        posted_at=locked.posted_at,
        written_at=locked.written_at,
        actor=locked.author,
    )
    locked.state, locked.update = DraftState.POSTED, update
    locked.save(update_fields=["state", "update", "decided_by", "decided_at"])


def _keep(incident: Incident, *, actor: User | None, **fields: Any) -> UpdateDraft:
    if fields.get("update") is not None:
        fields["state"] = DraftState.POSTED
    return UpdateDraft.objects.create(
        incident=incident, author=actor, written_at=clock.now(), **fields
    )


def _ensure_sense(
    incident: Incident,
    phase: str,
    text: str,
    next_update_by: datetime | None,
    publish_at: datetime | None,
) -> None:
    ensure(incident, VERB_OF_PHASE.get(phase, "post_update"))
    now = clock.now()
    reasons = why_not_promise(next_update_by, publish_at or now)
    if publish_at is not None and publish_at <= now:
        sentence = _("It cannot be scheduled for the past.")
        reasons.append(Refusal("scheduled_in_the_past", sentence, _("Name a later moment.")))
    if phase != Phase.RESOLVED:
        reasons += why_not_post(incident, Phase(phase), text)
    if reasons:
        raise TransitionNotAllowed(reasons)


def _why_not_open(draft: UpdateDraft) -> list[Refusal]:
    if draft.state in {DraftState.WAITING, DraftState.SCHEDULED}:
        return []
    sentence = _("It is decided already: %(state)s.") % {"state": draft.get_state_display()}
    return [Refusal("not_open", sentence)]


def _own() -> Refusal:
    sentence = _("You wrote it yourself.")
    return Refusal("own_draft", sentence, _("Ask a second person to look at it."))


def _tell(kind: str, draft: UpdateDraft, actor: User | None, **data: Any) -> None:
    events.record(kind, draft.incident, actor=actor, draft=draft.pk, **data)


def _locked(draft: UpdateDraft) -> UpdateDraft:
    rows = UpdateDraft.objects.select_for_update(of=("self",))
    return rows.select_related("incident", "author").get(pk=draft.pk)
