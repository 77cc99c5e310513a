"""Tasks in an incident: it is not closed while one is open."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident, IncidentTask
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident
from portal import clock, events
from portal.errors import refuse
from portal.models import Urgency, User
from portal.notify import notify


@transaction.atomic
def add_task(
    incident: Incident, *, text: str, assignee: User | None = None, actor: User
) -> IncidentTask:
    """Write down what is to be done, and by whom, if somebody is named."""
    locked = locked_incident(incident)
    ensure(locked, "add_task")
    _check_assignee(assignee)
    task = IncidentTask.objects.create(
        incident=locked,
        text=" ".join(text.split())[:300],
        assignee=assignee,
        created_by=actor,
        created_at=clock.now(),
    )
    _tell("incident.task_added", task, actor)
    _ask(task, actor)
    return task


@transaction.atomic
def assign_task(task: IncidentTask, *, assignee: User | None, actor: User) -> IncidentTask:
    held = _held(task)
    ensure(held.incident, "add_task")
    _check_assignee(assignee)
    if held.is_done or held.assignee == assignee:
        raise refuse("same_assignee", _("It is done, or theirs already."))
    held.assignee = assignee
    held.save(update_fields=["assignee"])
    _tell("incident.task_assigned", held, actor)
    _ask(held, actor)
    return held


@transaction.atomic
def finish_task(task: IncidentTask, *, actor: User) -> IncidentTask:
    """Say that it is done; a second time is refused, since somebody else was quicker."""
    held = _held(task)
    ensure(held.incident, "finish_task")
    if held.is_done:
        raise refuse("already_done", _("This task is done already."))
    held.done_at, held.done_by = clock.now(), actor
    held.save(update_fields=["done_at", "done_by"])
    _tell("incident.task_done", held, actor)
    return held


@transaction.atomic
def reopen_task(task: IncidentTask, *, actor: User) -> IncidentTask:
    held = _held(task)
    ensure(held.incident, "add_task")
    if not held.is_done:
        raise refuse("not_done", _("This task is not done."))
    held.done_at = held.done_by = None
    held.save(update_fields=["done_at", "done_by"])
    _tell("incident.task_reopened", held, actor)
    return held


def _held(task: IncidentTask) -> IncidentTask:
    """The task as it is now, with its incident held, which is the lock of all its tasks."""
    incident = locked_incident(task.incident)
    fresh = incident.tasks.select_related("assignee").get(pk=task.pk)
    fresh.incident = incident
    return fresh


def _check_assignee(assignee: User | None) -> None:
    if assignee is not None and not assignee.may_work:
        sentence = _("%(person)s has no access for work.") % {"person": assignee.name}
        raise refuse("cannot_work", sentence, _("Choose somebody who works here."))


def _tell(kind: str, task: IncidentTask, actor: User) -> None:
    told: dict[str, Any] = {
        "task": task.text,
        "assignee": task.assignee.name if task.assignee else "",
    }
    events.record(kind, task.incident, actor=actor, **told)


def _ask(task: IncidentTask, actor: User) -> None:
    """Tell who is to do it, unless they took it themselves."""
    if task.assignee is None or task.assignee == actor:
        return
    notify(
        task.assignee,
        key=f"incident-task:{task.pk}:{clock.now():%Y%m%d%H%M%S}",
        urgency=Urgency.LOW,
        kind="task",
        subject=_("A task in %(incident)s is yours") % {"incident": task.incident.number},
        body="" if task.incident.is_private else task.text,
        url=task.incident.get_absolute_url(),
        topic=task.incident.reference,
    )
