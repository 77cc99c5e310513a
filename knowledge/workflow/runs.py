"""
Every write of runbook runs: somebody works through the words that were published then.

A run copies its steps when it begins, so a revision published meanwhile changes nothing
under anybody's hands. What happened to each step is kept as events, the newest answer on
the step itself.
"""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge.models import (
    Document,
    DocumentKind,
    Revision,
    RunbookRun,
    RunbookRunState,
    RunStep,
    StepState,
)
from knowledge.snippets import expanded
from knowledge.texts import drawn
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.markdown import Step, find_steps
from portal.models import Service, User

NEEDS_NOTE = {
    StepState.SKIPPED: gettext_lazy("Say why this step was skipped."),
    StepState.FAILED: gettext_lazy("Say what went wrong in this step."),
}


def why_not_start(document: Document) -> list[Refusal]:
    """Return every reason why this document cannot be run now."""
    reasons = []
    if document.kind not in {DocumentKind.RUNBOOK, DocumentKind.PROCEDURE}:
        reasons.append(
            Refusal("not_a_runbook", _("Only runbooks and procedures are run step by step."))
        )
    if document.archived_at:
        reasons.append(Refusal("document_archived", _("This document is archived.")))
    if document.published is None:
        reasons.append(
            Refusal(
                "not_published",
                _("No revision of this document is published yet."),
                _("Publish one; a run follows what readers see."),
            )
        )
    elif not find_steps(expanded(document.published.body, None)):
        reasons.append(
            Refusal(
                "no_steps",
                _("The published revision has no steps."),
                _("Put a numbered list under a heading “Steps” or “Resolution”."),
            )
        )
    return reasons


@transaction.atomic
def start_run(
    document: Document,
    *,
    actor: User | None,
    reference: str = "",
    reference_label: str = "",
    reference_url: str = "",
    service: Service | None = None,
) -> RunbookRun:
    """Begin to work through the published revision; its steps are copied as they are now."""
    fresh = Document.objects.select_related("published").get(pk=document.pk)
    if reasons := why_not_start(fresh):
        raise TransitionNotAllowed(reasons)
    revision = fresh.published
    assert isinstance(revision, Revision)
    steps = find_steps(expanded(revision.body, actor))
    run = RunbookRun.objects.create(
        revision=revision,
        reference=reference,
        reference_label=reference_label[:250],
        reference_url=reference_url,
        service=service,
        steps_hash=_hash_of(steps),
        started_by=actor,
        started_at=clock.now(),
        is_demo=fresh.is_demo,
    )
    RunStep.objects.bulk_create(
        RunStep(run=run, order=step.number, text=step.text, html=_html_of(step), kind=step.kind)
        for step in steps
    )
    events.record("run.started", run, actor=actor, reference=reference)
    return run


@transaction.atomic
def answer_step(step: RunStep, *, state: str, actor: User | None, note: str = "") -> RunStep:
    """
    Say what became of a step; `pending` takes the answer back.

    The first answer wins: whoever comes second is told who answered (`step_answered`).
    """
    wanted, note = StepState(state), note.strip()
    run = _locked(step.run_id)
    fresh = run.steps.select_related("answered_by").get(pk=step.pk)
    if _said_twice(fresh, wanted, note, actor):
        return fresh
    if reasons := _why_not_answer(run, fresh, wanted, note):
        raise TransitionNotAllowed(reasons)
    before = {"state": fresh.state, "note": fresh.note}
    is_answer = wanted != StepState.PENDING
    fresh.state = wanted
    fresh.note = note if is_answer else ""
    fresh.answered_by = actor if is_answer else None
    fresh.answered_at = clock.now() if is_answer else None
    fresh.save(update_fields=["state", "note", "answered_by", "answered_at"])
    kind = "run.step_answered" if is_answer else "run.step_taken_back"
    events.record(
        kind, run, actor=actor, step=fresh.order, state=wanted, note=note, before=before
    )
    return fresh


@transaction.atomic
def finish_run(run: RunbookRun, *, state: str, actor: User | None) -> RunbookRun:
    """End the run as succeeded, failed or abandoned; only that last may leave steps open."""
    wanted = RunbookRunState(state)
    locked = _locked(run.pk)
    if reasons := why_not_finish(locked, wanted):
        raise TransitionNotAllowed(reasons)
    locked.state = wanted
    locked.finished_by = actor
    locked.finished_at = clock.now()
    locked.save(update_fields=["state", "finished_by", "finished_at"])
    events.record("run.finished", locked, actor=actor, state=wanted)
    return locked


def why_not_finish(run: RunbookRun, to: RunbookRunState) -> list[Refusal]:
    """Return every reason why this run cannot end so now."""
    if to == RunbookRunState.RUNNING:
        return [Refusal("not_an_end", _("A run ends as succeeded, failed or abandoned."))]
    if run.state != RunbookRunState.RUNNING:
        return [_ended()]
    if to == RunbookRunState.ABANDONED:
        return []
    steps = list(run.steps.all())
    reasons = []
    open_steps = [str(step.order) for step in steps if step.state == StepState.PENDING]
    if open_steps:
        sentence = _("These steps have no answer yet: %(steps)s.")
        reasons.append(
            Refusal(
                "steps_pending",
                sentence % {"steps": ", ".join(open_steps)},
                _("Answer or skip them, or abandon the run."),
            )
        )
    failed = [str(step.order) for step in steps if step.state == StepState.FAILED]
    if failed and to == RunbookRunState.SUCCEEDED:
        sentence = _("These steps failed: %(steps)s.")
        reasons.append(
            Refusal(
                "steps_failed",
                sentence % {"steps": ", ".join(failed)},
                _("Take an answer back if the step worked in the end."),
            )
        )
    return reasons


def _why_not_answer(
    run: RunbookRun, step: RunStep, wanted: StepState, note: str
) -> list[Refusal]:
    if run.state != RunbookRunState.RUNNING:
        return [_ended()]
    if wanted == StepState.PENDING:
        if step.state == StepState.PENDING:
            return [Refusal("step_not_answered", _("This step has no answer to take back."))]
        return []
    if step.state != StepState.PENDING:
        sentence = _("%(person)s has already answered step %(step)s.")
        said = {"person": step.answered_by or _("The system"), "step": step.order}
        return [
            Refusal("step_answered", sentence % said, _("Take that answer back to change it."))
        ]
    if wanted in NEEDS_NOTE and not note:
        return [Refusal("note_missing", str(NEEDS_NOTE[wanted]))]
    return []


def _said_twice(step: RunStep, wanted: StepState, note: str, actor: User | None) -> bool:
    """A button pressed twice says the same thing again; that is no second answer."""
    is_answer = wanted != StepState.PENDING and actor is not None
    return is_answer and (step.answered_by, step.state, step.note) == (actor, wanted, note)


def _ended() -> Refusal:
    return Refusal("run_ended", _("This run has ended."))


def _locked(pk: int) -> RunbookRun:
    return RunbookRun.objects.select_for_update().get(pk=pk)


def _html_of(step: Step) -> str:
    return drawn(step.text, prefix=f"step-{step.number}-")


def _hash_of(steps: list[Step]) -> str:
    shown = "\n\n".join(f"{step.number}. {step.text}" for step in steps)
    return hashlib.sha256(shown.encode()).hexdigest()
