"""
Verbs on the processes: a draft is saved as often as one likes, published once, and then stays.

Requests copy the steps of the version that is published when they are made, so that no
newer version ever moves under somebody's work.
"""

from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import (
    MaintenanceRequest,
    ProcessStep,
    ProcessTemplate,
    ProcessVersion,
    RequestStep,
    VersionState,
    check_steps,
)
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User


class ProcessVerb(StrEnum):
    SAVE = "save"
    PUBLISH = "publish"
    DISCARD = "discard"


@transaction.atomic
def set_up_process(
    *,
    category: str,
    name: str,
    steps: list[ProcessStep],
    trigger: str = "",
    schedule: str = "",
    order: int = 0,
    actor: User | None,
) -> ProcessTemplate:
    """Add the process of a category, with its first version published."""
    template = ProcessTemplate(
        category=category, name=name, trigger=trigger, schedule=schedule, order=order
    )
    template.full_clean()
    template.changed_by = actor
    template.save()
    save_process(template, steps=steps, message=_("First version"), actor=actor)
    publish_process(template, actor=actor)
    template.refresh_from_db()
    return template


@transaction.atomic
def save_process(
    template: ProcessTemplate,
    *,
    steps: list[ProcessStep],
    message: str = "",
    seen: str | None = None,
    actor: User | None,
) -> ProcessVersion:
    """
    Keep these steps as the draft of the next version.

    `seen` is the `ProcessVersion.seen` that the writer had before them. Raises
    `TransitionNotAllowed` if there is a newer one, `ValidationError` for steps that no request
    could take over.
    """
    template = _locked(template)
    newest = newest_version(template)
    _require(template, ProcessVerb.SAVE, seen)
    try:
        check_steps(steps)
    except ValidationError as error:
        raise ValidationError({"steps": error.messages}) from error
    draft = newest if newest and newest.state == VersionState.DRAFT else None
    if draft is None:
        number = newest.number + 1 if newest else 1
        draft = ProcessVersion(template=template, number=number, created_at=clock.now())
    draft.steps, draft.message, draft.author = steps, message, actor
    draft.edits += 1
    draft.changed_by = actor
    draft.save()
    events.record("process.saved", template, actor=actor, number=draft.number, what=message)
    return draft


@transaction.atomic
def publish_process(
    template: ProcessTemplate, *, seen: str | None = None, actor: User | None
) -> ProcessVersion:
    """Let new requests take over the draft; those that exist keep what they have."""
    template = _locked(template)
    _require(template, ProcessVerb.PUBLISH, seen)
    draft = template.versions.get(state=VersionState.DRAFT)
    draft.state, draft.published_at = VersionState.PUBLISHED, clock.now()
    draft.changed_by = actor
    draft.save(update_fields=["state", "published_at"])
    template.published = draft
    template.changed_by = actor
    template.save(update_fields=["published"])
    events.record(
        "process.published", template, actor=actor, number=draft.number, what=draft.message
    )
    return draft


@transaction.atomic
def discard_process_draft(template: ProcessTemplate, *, actor: User) -> ProcessTemplate:
    """Throw the draft away; its number is given to the next one."""
    template = _locked(template)
    _require(template, ProcessVerb.DISCARD, None)
    draft = template.versions.get(state=VersionState.DRAFT)
    number = draft.number
    draft.changed_by = actor
    draft.delete()
    events.record("process.draft_discarded", template, actor=actor, number=number)
    return template


def newest_version(template: ProcessTemplate) -> ProcessVersion | None:
    """The draft if there is one, else what is published."""
    return template.versions.select_related("author").first()


def why_not_process(
    template: ProcessTemplate, verb: ProcessVerb, seen: str | None = None
) -> list[Refusal]:
    """Return every reason why this cannot be done to the process now."""
    newest = newest_version(template)
    draft = newest if newest and newest.state == VersionState.DRAFT else None
    refused = []
    if seen is not None and newest is not None and newest.seen != seen:
        sentence = _("Somebody saved this process while you were changing it.")
        remedy = _("Look at the newest version and save again.")
        refused.append(Refusal("newer_version", sentence, remedy))
    if verb == ProcessVerb.SAVE:
        return refused
    if draft is None:
        sentence = _("There is no draft.")
        refused.append(Refusal("no_draft", sentence, _("Change the steps first.")))
    elif verb == ProcessVerb.PUBLISH and draft.steps == template.steps:
        sentence = _("The draft says what the published version says.")
        refused.append(Refusal("nothing_changed", sentence, _("Change it, or discard it.")))
    return refused


def published_version(category: str) -> ProcessVersion | None:
    """The version of the category's process that a request would begin with now."""
    return ProcessVersion.objects.filter(
        pk__in=ProcessTemplate.objects.filter(category=category).values("published")
    ).first()


def copy_steps(request: MaintenanceRequest) -> None:
    """Freeze the steps of the request's version into it."""
    version = request.template_version
    request.steps.all().delete()
    RequestStep.objects.bulk_create(
        RequestStep(
            request=request,
            order=order,
            text=step["text"],
            role=step["role"],
            phase=step["phase"],
            mandatory=step["mandatory"],
            evidence_wanted=step["evidence"],
            help=step["help"],
        )
        for order, step in enumerate(version.steps if version else [], start=1)
    )


def _locked(template: ProcessTemplate) -> ProcessTemplate:
    return (
        ProcessTemplate.objects.select_for_update(of=("self",))
        .select_related("published")
        .get(pk=template.pk)
    )


def _require(template: ProcessTemplate, verb: ProcessVerb, seen: str | None) -> None:
    if refused := why_not_process(template, verb, seen):
        raise TransitionNotAllowed(refused)
