"""What the room shows of command: roles, tasks, whom it reaches, how it was judged, merges."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.command_forms import (
    MOMENT,
    AffectedForm,
    AssessForm,
    ImpactForm,
    MergeForm,
    PrivacyForm,
    RoleForm,
    TaskForm,
    share_people,
)
from incidents.forms import PagePersonForm
from incidents.models import (
    HELD_BY_ONE,
    Assessment,
    Incident,
    IncidentRole,
    IncidentTask,
    Role,
)
from incidents.severity_questions import QUESTIONS, suggestion
from portal.errors import Refusal
from portal.models import User

MOST_JUDGED = 10
Sent = Mapping[str, forms.Form]


class Held(NamedTuple):
    """A role as the room shows it: who has it, and what this reader can do with it."""

    role: str
    label: str
    rows: list[IncidentRole]
    is_mine: bool
    offered_to_me: bool
    is_one: bool


def roles_of(incident: Incident, user: User) -> dict[str, Any]:
    """
    Return what `room_roles.html` shows, in one statement.

    `held` has each role with its holders, empty ones too where one person holds it.
    """
    held = incident.roles.filter(ended_at=None).select_related("person", "offered_to")
    rows = list(held)
    found = []
    for role in Role:
        own = [row for row in rows if row.role == role]
        if own or role in HELD_BY_ONE:
            found.append(
                Held(
                    role=role.value,
                    label=str(role.label),
                    rows=own,
                    is_mine=any(row.person_id == user.pk for row in own),
                    offered_to_me=any(row.offered_to_id == user.pk for row in own),
                    is_one=role in HELD_BY_ONE,
                )
            )
    return {"held": found, "is_named": any(row.person_id == user.pk for row in rows)}


def tasks_of(incident: Incident) -> list[IncidentTask]:
    return list(incident.tasks.select_related("assignee", "done_by"))


def named_in(incident: Incident) -> frozenset[int]:
    """Whose roles show something that only they can do: who has one, or was asked."""
    held = incident.roles.filter(ended_at=None)
    named = [pk for row in held for pk in (row.person_id, row.offered_to_id)]
    return frozenset(pk for pk in named if pk is not None)


def command_context(
    incident: Incident, user: User, sent: Sent, *, why_not: Mapping[str, list[Refusal]]
) -> dict[str, Any]:
    """Return what the includes `room_command.html` to `room_merge.html` show."""
    role_form = RoleForm(auto_id="id_role_%s")
    page_form = PagePersonForm(auto_id="id_page_%s")
    task_form = TaskForm(auto_id="id_task_%s")
    share_people(
        role_form.fields["person"], page_form.fields["person"], task_form.fields["assignee"]
    )
    return {
        "role_form": sent.get("give_role", role_form),
        "page_form": sent.get("page", page_form),
        "tasks": tasks_of(incident),
        "task_form": sent.get("add_task", task_form),
        "affected": list(incident.affected.select_related("service")),
        "affected_form": sent.get("set_affected", AffectedForm(auto_id="id_affected_%s")),
        "impact_form": sent.get("set_impact", _impact_form(incident)),
        "privacy_form": PrivacyForm(
            auto_id="id_privacy_%s", initial={"is_private": not incident.is_private}
        ),
        "privacy_words": _("Open it to all who work here")
        if incident.is_private
        else _("Make it private"),
        "parts": _parts(incident, user),
        "target": target_of(incident, user),
        "merge_form": sent.get(
            "merge", MergeForm(user=user, other_than=[incident.pk], auto_id="id_merge_%s")
        ),
        "why_not": why_not,
        "page_draft": f"page-{incident.pk}",
        "page_is_open": "page" in sent,
        "sent": next(iter(sent), ""),
        **_judged(incident, sent),
    }


def _impact_form(incident: Incident) -> ImpactForm:
    return ImpactForm(
        auto_id="id_impact_%s",
        initial={
            "impact": incident.impact,
            "impact_started_at": _local(incident.impact_started_at),
            "impact_ended_at": _local(incident.impact_ended_at),
        },
    )


def _local(at: Any) -> str:
    return timezone.localtime(at).strftime(MOMENT) if at else ""


def _judged(incident: Incident, sent: Sent) -> dict[str, Any]:
    """The newest answers, what they speak for, and the earlier ones."""
    rows = list(incident.assessments.select_related("made_by")[:MOST_JUDGED])
    answers = _answers(rows[0]) if rows else {}
    fresh = AssessForm(auto_id="id_assess_%s", initial=answers or None)
    return {
        "assessments": [{"row": row, "answers": _said(row)} for row in rows],
        "suggested": suggestion(answers) if rows else None,
        "assess_form": sent.get("assess", fresh),
    }


def _answers(row: Assessment) -> dict[str, str]:
    return {name: getattr(row, name) for name in QUESTIONS}


def _said(row: Assessment) -> list[dict[str, str]]:
    return [
        {
            "question": str(AssessForm.base_fields[name].label),
            "answer": str(getattr(row, f"get_{name}_display")()),
        }
        for name in QUESTIONS
    ]


def _parts(incident: Incident, user: User) -> list[Incident]:
    return list(Incident.objects.visible_to(user).filter(merged_into=incident).order_by("pk"))


def target_of(incident: Incident, user: User) -> dict[str, Any] | None:
    """Return the incident it is part of: with a link where this reader may see it."""
    if incident.merged_into_id is None:
        return None
    seen = Incident.objects.visible_to(user).filter(pk=incident.merged_into_id).first()
    return {"number": _("A private incident"), "incident": seen}
