"""
What is said about the steps of a run: kept for ever, the newest entry counts.

The first answer wins: whoever comes second is told who answered. What was answered without a
connection carries a key of its own, so that sending it again says nothing new.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import RunbookRun, RunEntry, RunStep, StepState
from knowledge.models.runs import LONGEST_OUTPUT
from knowledge.workflow.run_guards import why_not_answer
from knowledge.workflow.run_saving import locked_run, touch
from portal import clock, events
from portal.errors import TransitionNotAllowed
from portal.models import User

STATE_FIELDS = ["state", "note", "output", "began_at", "answered_by", "answered_at"]


@transaction.atomic
def answer_step(
    step: RunStep,
    *,
    state: str,
    actor: User | None,
    note: str = "",
    output: str = "",
    choice: str = "",
    client_id: UUID | None = None,
    client_at: datetime | None = None,
) -> RunStep:
    """
    Say what became of a step; `active` begins it, `pending` takes the answer back.

    `choice` is the answer to a decision; the steps that it leads past do not apply.
    """
    wanted, note = StepState(state), note.strip()
    run = locked_run(step.run_id)
    fresh = run.steps.select_related("answered_by").get(pk=step.pk)
    if choice and wanted == StepState.DONE:
        note = f"{choice}. {note}" if note else choice
    if _said_before(fresh, wanted, note, actor, client_id):
        return fresh
    reasons = why_not_answer(run, fresh, wanted, actor=actor, note=note, choice=choice)
    if reasons:
        raise TransitionNotAllowed(reasons)
    _set(fresh, wanted, actor, note=note, output=output[:LONGEST_OUTPUT])
    _keep(run, fresh, actor, client_id=client_id, client_at=client_at)
    if fresh.state == StepState.DONE and choice:
        _pass_by(run, fresh, choice, actor)
    start_clock(run)
    touch(run)
    return fresh


def start_clock(run: RunbookRun) -> None:
    """A wait that is next begins by itself: its time runs from now."""
    step = run.steps.filter(state__in=[StepState.PENDING, StepState.ACTIVE]).first()
    if step and step.kind == "wait" and step.wait_seconds and step.began_at is None:
        step.began_at = clock.now()
        step.save(update_fields=["began_at"])


def _set(
    step: RunStep, wanted: StepState, actor: User | None, *, note: str, output: str
) -> None:
    now = clock.now()
    before = {"state": step.state, "note": step.note}
    is_answer = wanted not in {StepState.PENDING, StepState.ACTIVE}
    step.state = wanted
    step.note = note if is_answer else ""
    step.output = output if is_answer else ""
    step.answered_by = actor if is_answer else None
    step.answered_at = now if is_answer else None
    if wanted == StepState.ACTIVE:
        step.began_at = now
    elif wanted == StepState.PENDING:
        step.began_at = None
    step.save(update_fields=STATE_FIELDS)
    _record(step, wanted, actor, before)


def _record(
    step: RunStep, wanted: StepState, actor: User | None, before: dict[str, str]
) -> None:
    kind = {StepState.PENDING: "run.step_taken_back", StepState.ACTIVE: "run.step_begun"}.get(
        wanted, "run.step_answered"
    )
    events.record(
        kind,
        step.run,
        actor=actor,
        step=step.order,
        state=wanted,
        note=step.note,
        before=before,
    )


def _keep(
    run: RunbookRun,
    step: RunStep,
    actor: User | None,
    *,
    client_id: UUID | None = None,
    client_at: datetime | None = None,
) -> None:
    RunEntry.objects.create(
        run=run,
        step=step,
        state=step.state,
        note=step.note,
        output=step.output,
        by=actor,
        at=clock.now(),
        client_id=client_id,
        client_at=client_at,
    )


def _pass_by(run: RunbookRun, step: RunStep, choice: str, actor: User | None) -> None:
    """The steps between a decision and where it leads do not apply."""
    to = dict(step.branches)[choice]
    between = run.steps.filter(
        order__gt=step.order, state__in=[StepState.PENDING, StepState.ACTIVE]
    )
    if to:
        between = between.filter(order__lt=to)
    sentence = _("Step %(step)s was answered “%(choice)s”.")
    note = sentence % {"step": step.order, "choice": choice}
    for passed in between:
        _set(passed, StepState.NOT_APPLICABLE, actor, note=note, output="")
        _keep(run, passed, actor)


def _said_before(
    step: RunStep,
    wanted: StepState,
    note: str,
    actor: User | None,
    client_id: UUID | None,
) -> bool:
    """A button pressed twice, or a tick sent twice, says the same thing; no second answer."""
    if client_id and RunEntry.objects.filter(client_id=client_id).exists():
        return True
    is_answer = wanted not in {StepState.PENDING, StepState.ACTIVE} and actor is not None
    return is_answer and (step.answered_by, step.state, step.note) == (actor, wanted, note)
