"""Why not? What must hold before a run begins, goes on or ends, in words for whoever asks."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge.models import (
    Document,
    DocumentKind,
    RunbookRun,
    RunbookRunState,
    RunStep,
    StepState,
)
from knowledge.snippets import expanded
from portal import clock
from portal.errors import Refusal
from portal.markdown import find_steps
from portal.models import User

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
    elif not find_steps(expanded(document.published.body, document)):
        reasons.append(
            Refusal(
                "no_steps",
                _("The published revision has no steps."),
                _("Put a numbered list under a heading “Steps” or “Resolution”."),
            )
        )
    return reasons


def why_not_change(run: RunbookRun) -> list[Refusal]:
    """Return why nothing about this run changes now, or nothing."""
    return [] if run.state == RunbookRunState.RUNNING else [ended()]


def why_not_go_on(run: RunbookRun) -> list[Refusal]:
    """Return why no step of this run can be answered now, or nothing."""
    if run.state != RunbookRunState.RUNNING:
        return [ended()]
    if run.paused_at:
        return [
            Refusal("run_paused", _("This run is paused."), _("Go on with it, then answer."))
        ]
    return []


def why_not_answer(
    run: RunbookRun,
    step: RunStep,
    wanted: StepState,
    *,
    actor: User | None = None,
    note: str = "",
    choice: str = "",
) -> list[Refusal]:
    """Return every reason why the step cannot be answered so now."""
    if reasons := why_not_go_on(run):
        return reasons
    if wanted == StepState.PENDING:
        return _why_not_take_back(step)
    if not step.is_open:
        return [_answered(step)]
    if wanted == StepState.ACTIVE:
        return _why_not_begin(step)
    if wanted in NEEDS_NOTE and not note:
        return [Refusal("note_missing", str(NEEDS_NOTE[wanted]))]
    return _of_kind(run, step, actor, choice) if wanted == StepState.DONE else []


def why_not_finish(
    run: RunbookRun, to: RunbookRunState, steps: Iterable[RunStep] | None = None
) -> list[Refusal]:
    """Return every reason why this run cannot end so now."""
    if to == RunbookRunState.RUNNING:
        return [Refusal("not_an_end", _("A run ends as succeeded, failed or abandoned."))]
    if run.state != RunbookRunState.RUNNING:
        return [ended()]
    if to == RunbookRunState.ABANDONED:
        return []
    steps = list(run.steps.all() if steps is None else steps)
    reasons = []
    if open_steps := [str(step.order) for step in steps if step.is_open]:
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


def ended() -> Refusal:
    return Refusal("run_ended", _("This run has ended."))


def _answered(step: RunStep) -> Refusal:
    sentence = _("%(person)s has already answered step %(step)s.")
    said = {"person": step.answered_by or _("The system"), "step": step.order}
    remedy = _("Take that answer back to change it.")
    return Refusal("step_answered", sentence % said, remedy)


def _why_not_take_back(step: RunStep) -> list[Refusal]:
    if step.state == StepState.PENDING:
        return [Refusal("step_not_answered", _("This step has no answer to take back."))]
    return []


def _why_not_begin(step: RunStep) -> list[Refusal]:
    if step.state == StepState.ACTIVE:
        return [Refusal("step_begun", _("Somebody has begun this step already."))]
    return []


def _of_kind(run: RunbookRun, step: RunStep, actor: User | None, choice: str) -> list[Refusal]:
    """What a wait, an approval and a decision want before they are done."""
    if step.kind == "wait" and step.ready_at and clock.now() < step.ready_at:
        sentence = _("This wait is not over yet: it ends at %(at)s UTC.")
        at = f"{step.ready_at:%H:%M:%S}"
        return [Refusal("wait_not_over", sentence % {"at": at}, _("Or skip it, and say why."))]
    if step.kind == "approve" and actor is not None and actor.pk in _too_close(run, step):
        return [
            Refusal(
                "approval_by_other",
                _("Somebody else approves this step: you lead the run or did the step before."),
                _("Ask a colleague to open this run, or hand the run over."),
            )
        ]
    words = [answer for answer, _to in step.branches]
    if words and choice not in words:
        sentence = _("Say which way it goes: %(answers)s.")
        return [Refusal("choice_missing", sentence % {"answers": ", ".join(words)})]
    return []


def _too_close(run: RunbookRun, step: RunStep) -> set[int | None]:
    before = run.steps.filter(order__lt=step.order, answered_by__isnull=False)
    last = before.order_by("-order").values_list("answered_by", flat=True).first()
    return {run.lead_id, last}
