"""
Every write of runbook runs: somebody works through the words that were published then.

A run copies its steps when it begins, so a revision published meanwhile changes nothing
under anybody's hands; whoever wants the newer words goes on in a run of its own, which takes
over what was answered in the same words.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.known_values import kept_at_start, known_values
from knowledge.models import (
    Document,
    Revision,
    RunbookRun,
    RunbookRunState,
    RunEntry,
    RunStep,
)
from knowledge.snippets import expanded
from knowledge.texts import drawn
from knowledge.variables import checked, declared_in
from knowledge.workflow.run_answers import start_clock
from knowledge.workflow.run_guards import (
    ended,
    why_not_change,
    why_not_finish,
    why_not_start,
)
from knowledge.workflow.run_saving import locked_run, touch
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.markdown import Step, find_steps
from portal.models import Service, User

LONGEST_SUMMARY = 2000


@transaction.atomic
def start_run(
    document: Document,
    *,
    actor: User | None,
    reference: str = "",
    reference_label: str = "",
    reference_url: str = "",
    service: Service | None = None,
    variables: Mapping[str, str] | None = None,
) -> RunbookRun:
    """Begin to work through the published revision; its steps are copied as they are now."""
    fresh = Document.objects.select_related("published").get(pk=document.pk)
    revision = _startable(fresh)
    run = RunbookRun(
        revision=revision,
        reference=reference,
        reference_label=reference_label[:250],
        reference_url=reference_url,
        service=service,
        lead=actor,
        started_by=actor,
        started_at=clock.now(),
        is_demo=fresh.is_demo,
    )
    by_hand = _kept(revision, variables or {})
    known = known_values(actor, reference, service)
    run.variables = kept_at_start(revision.body, by_hand, known)
    _begin(run, find_steps(expanded(revision.body, fresh)))
    _record_start(run, actor)
    return run


@transaction.atomic
def set_variables(
    run: RunbookRun, *, values: Mapping[str, str], actor: User | None
) -> RunbookRun:
    """Say what the commands of this run are filled with; secrets are never kept."""
    locked = locked_run(run.pk)
    _require(why_not_change(locked))
    locked.variables = _kept(locked.revision, values)
    locked.save(update_fields=["variables"])
    touch(locked)
    events.record("run.variables_set", locked, actor=actor, names=sorted(locked.variables))
    return locked


@transaction.atomic
def pause_run(run: RunbookRun, *, actor: User | None, reason: str = "") -> RunbookRun:
    """Leave the run for a while; nobody answers a step until it goes on."""
    locked = locked_run(run.pk)
    _require(why_not_change(locked))
    if locked.paused_at:
        raise refuse("run_paused", _("This run is paused."))
    locked.paused_at, locked.pause_reason = clock.now(), reason.strip()[:300]
    locked.save(update_fields=["paused_at", "pause_reason"])
    touch(locked)
    events.record("run.paused", locked, actor=actor, note=locked.pause_reason)
    return locked


@transaction.atomic
def resume_run(run: RunbookRun, *, actor: User | None) -> RunbookRun:
    locked = locked_run(run.pk)
    _require(why_not_change(locked))
    if not locked.paused_at:
        raise refuse("run_not_paused", _("This run is not paused."))
    locked.paused_at, locked.pause_reason = None, ""
    locked.save(update_fields=["paused_at", "pause_reason"])
    touch(locked)
    events.record("run.resumed", locked, actor=actor)
    return locked


@transaction.atomic
def hand_over_run(run: RunbookRun, *, to: User, actor: User | None) -> RunbookRun:
    """Have somebody else lead the run; whoever is at hand may still answer."""
    locked = locked_run(run.pk)
    _require(why_not_change(locked))
    if locked.lead_id == to.pk:
        raise refuse("leads_already", _("%(person)s leads this run already.") % {"person": to})
    if not to.may_work:
        raise refuse("cannot_work", _("%(person)s may only look.") % {"person": to})
    locked.lead = to
    locked.save(update_fields=["lead"])
    touch(locked)
    events.record("run.handed_over", locked, actor=actor, to=str(to))
    return locked


@transaction.atomic
def go_on_with_newer(run: RunbookRun, *, actor: User | None) -> RunbookRun:
    """
    Go on by the revision that readers get now, in a run of its own.

    What was answered in the same words is taken over; the old run ends as abandoned and says
    where it went.
    """
    locked = locked_run(run.pk)
    _require(why_not_go_on_with_newer(locked))
    document = locked.revision.document
    revision = _startable(document)
    _end(locked, RunbookRunState.ABANDONED, actor, _went_on(revision))
    new = RunbookRun(
        revision=revision,
        continues=locked,
        reference=locked.reference,
        reference_label=locked.reference_label,
        reference_url=locked.reference_url,
        service=locked.service,
        lead=locked.lead,
        started_by=actor,
        started_at=clock.now(),
        is_demo=locked.is_demo,
    )
    new.variables = _kept(revision, locked.variables, strictly=False)
    _begin(new, find_steps(expanded(revision.body, document)))
    _take_over(locked, new)
    _record_start(new, actor, continues=run.pk)
    return new


def why_not_go_on_with_newer(run: RunbookRun) -> list[Refusal]:
    if run.state != RunbookRunState.RUNNING:
        return [ended()]
    published = run.revision.document.published
    if published is None or published.number <= run.revision.number:
        return [Refusal("nothing_newer", _("Readers have no newer revision than this run."))]
    return why_not_start(run.revision.document)


@transaction.atomic
def finish_run(
    run: RunbookRun, *, state: str, actor: User | None, summary: str = ""
) -> RunbookRun:
    """End the run as succeeded, failed or abandoned; only that last may leave steps open."""
    wanted = RunbookRunState(state)
    locked = locked_run(run.pk)
    _require(why_not_finish(locked, wanted))
    _end(locked, wanted, actor, summary)
    return locked


def _end(run: RunbookRun, state: RunbookRunState, actor: User | None, summary: str) -> None:
    run.state = state
    run.summary = summary.strip()[:LONGEST_SUMMARY]
    run.paused_at, run.pause_reason = None, ""
    run.finished_by = actor
    run.finished_at = clock.now()
    run.save(
        update_fields=[
            *("state", "summary", "paused_at", "pause_reason", "finished_by", "finished_at")
        ]
    )
    touch(run)
    events.record("run.finished", run, actor=actor, state=state, note=run.summary)


def _require(reasons: list[Refusal]) -> None:
    if reasons:
        raise TransitionNotAllowed(reasons)


def _startable(document: Document) -> Revision:
    _require(why_not_start(document))
    revision = document.published
    assert isinstance(revision, Revision)
    return revision


def _kept(
    revision: Revision, values: Mapping[str, str], *, strictly: bool = True
) -> dict[str, str]:
    """Those values that may be kept; a wrong one is refused, or left out."""
    kept, problems = checked(declared_in(revision.body), values)
    if problems and strictly:
        raise TransitionNotAllowed(
            [Refusal("value_refused", f"{name}: {words}") for name, words in problems.items()]
        )
    return kept


def _begin(run: RunbookRun, steps: list[Step]) -> None:
    run.steps_hash = _hash_of(steps)
    run.save(force_insert=True)
    RunStep.objects.bulk_create(_copied(run, step) for step in steps)
    start_clock(run)


def _record_start(run: RunbookRun, actor: User | None, **more: Any) -> None:
    events.record(
        "run.started",
        run,
        actor=actor,
        reference=run.reference,
        title=run.revision.title,
        revision=run.revision.number,
        url=run.get_absolute_url(),
        **more,
    )


def _copied(run: RunbookRun, step: Step) -> RunStep:
    return RunStep(
        run=run,
        order=step.number,
        anchor=step.anchor[:80],
        line=step.line,
        part=step.part,
        text=step.text,
        html=drawn(step.text, prefix=f"step-{step.number}-"),
        kind=step.kind,
        expected=step.expected,
        branches=[list(branch) for branch in step.branches],
        wait_seconds=step.seconds,
    )


def _take_over(old: RunbookRun, new: RunbookRun) -> None:
    """Copy the answers to steps that say the same in both."""
    known = {(step.anchor, step.text): step for step in old.steps.all() if not step.is_open}
    for step in new.steps.all():
        before = known.get((step.anchor, step.text))
        if before is None:
            continue
        for name in ("state", "note", "output", "began_at", "answered_by", "answered_at"):
            setattr(step, name, getattr(before, name))
        step.save()
        RunEntry.objects.create(
            run=new,
            step=step,
            state=step.state,
            note=step.note,
            output=step.output,
            by=before.answered_by,
            at=before.answered_at or clock.now(),
        )


def _went_on(revision: Revision) -> str:
    return _("Went on with revision %(number)s.") % {"number": revision.number}


def _hash_of(steps: list[Step]) -> str:
    shown = "\n\n".join(f"{step.number}. {step.text}" for step in steps)
    return hashlib.sha256(shown.encode()).hexdigest()
