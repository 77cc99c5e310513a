"""What happened, in order: events, notes, updates and deployments near it as one line each."""

from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.milestones import LABELS
from incidents.models import ClockKind, Incident, PauseReason, PinnedEvent, Role, Source
from incidents.room_events import events_of
from incidents.timeline_changes import deployment_line, deployments_near
from incidents.timeline_groups import Group, of_group
from incidents.timeline_lines import (
    CHANGE,
    EVENT,
    NOTE,
    UPDATE,
    Line,
    Place,
    line_at,
    note_line,
    update_line,
)
from knowledge.models import RunbookRunState, StepState
from operations.models import Severity
from portal.models import Event, User
from portal.timeline import words as words_of_kind

Data = dict[str, Any]
Words = Callable[[Data], str]

SHOWN = 100  # lines, before somebody asks for more
# Of people, a line says the name alone; these columns are dear to read for each.
UNREAD = [
    f"{person}__{column}"
    for person in ("author", "edited_by", "removed_by")
    for column in (
        *("password", "joined_at"),
        *("works_from", "works_until", "quiet_from", "quiet_until"),
    )
]
# Said by the row that was written, or by the pin itself.
UNSHOWN = [
    "incident.noted",
    "incident.note_edited",
    "incident.note_removed",
    "incident.note_pinned",
    "incident.note_unpinned",
    "incident.event_pinned",
    "incident.event_unpinned",
    "incident.update_posted",
    "incident.acknowledgement_noted",
    "incident.runbook_started",
]
M = TypeVar("M", bound=Model)


class Kind(NamedTuple):
    """How a kind of event looks, and what it says after its actor's name, or by itself."""

    icon: str
    tone: str
    words: Words


class Timeline(NamedTuple):
    """`lines` as `incidents/room_timeline.html` shows them, the newest first."""

    lines: list[Line]
    has_more: bool

    @property
    def last(self) -> Place:
        """The place after which the next page begins; ask only where there is more."""
        place: Place = self.lines[-1]["place"]
        return place


def _name(severity: Any) -> str:
    return Severity(int(severity)).name if severity is not None else ""


def _because(data: Data) -> str:
    return f": {data['because']}" if data.get("because") else ""


def _opened(data: Data) -> str:
    severity = {"severity": _name(data.get("severity"))}
    if data.get("source") == Source.ALERT:
        return _("an alert opened it as %(severity)s") % severity
    return (
        (_("opened it as %(severity)s") % severity) if severity["severity"] else _("opened it")
    )


def _user_reported(data: Data) -> str:
    added, number = data.get("added", 1), data.get("number", 1)
    words = ngettext(
        "added a user's report: “%(words)s”", "added %(n)d users' reports: “%(words)s”", added
    ) % {"n": added, "words": data.get("words", "")}
    if number > added:
        words += _("; %(n)d users report this now") % {"n": number}
    return words


def _paged(data: Data) -> str:
    people = ", ".join(data.get("people", []))
    return _("paged %(people)s. %(reason)s") % {
        "people": people,
        "reason": data.get("reason", ""),
    }


def _person_paged(data: Data) -> str:
    reason = f": {data['reason']}" if data.get("reason") else ""
    return _("paged %(person)s") % {"person": data.get("person", "")} + reason


def _waits(data: Data) -> str:
    until = timezone.localtime(datetime.fromisoformat(data["until"]))
    return _("paging waits for the business hours, until %(until)s") % {
        "until": f"{until:%a %H:%M %Z}"
    }


def _snoozed(data: Data) -> str:
    until = timezone.localtime(datetime.fromisoformat(data["until"]))
    return _("put it off until %(until)s") % {"until": f"{until:%a %H:%M %Z}"}


def _severity_changed(data: Data) -> str:
    change = _("changed the severity from %(before)s to %(after)s") % {
        "before": _name(data.get("before")),
        "after": _name(data.get("after")),
    }
    return change + _because(data)


def _mitigated(data: Data) -> str:
    text = _("mitigated it")
    return f"{text}: {data['how']}" if data.get("how") else text


def _resolved(data: Data) -> str:
    text = _("resolved it: %(summary)s") % {"summary": data.get("summary", "")}
    firing = data.get("still_firing", 0)
    if not firing:
        return text
    count = ngettext("%(n)d alert was still firing", "%(n)d alerts were still firing", firing)
    return f"{text} ({count % {'n': firing}})"


def _step_answered(data: Data) -> str:
    step, state = data.get("step", ""), data.get("state", "")
    shown = StepState(state).label if state in StepState.values else state
    text = _("runbook step %(step)s: %(state)s") % {"step": step, "state": shown.lower()}
    return f"{text}. {data['note']}" if data.get("note") else text


def _run_finished(data: Data) -> str:
    state = data.get("state", "")
    shown = RunbookRunState(state).label if state in RunbookRunState.values else state
    return _("ended the runbook: %(state)s") % {"state": shown.lower()}


def _stakeholders_told(data: Data) -> str:
    reached = _("%(mails)d by e-mail, %(sms)d by SMS") % {
        "mails": data.get("by_email", 0),
        "sms": data.get("by_sms", 0),
    }
    told = _("told the stakeholders (%(reached)s): %(subject)s") % {
        "reached": reached,
        "subject": data.get("what", ""),
    }
    if gaps := data.get("gaps", 0):
        told += ngettext("; %(n)d gap", "; %(n)d gaps", gaps) % {"n": gaps}
    return told


def _role(sentence: str) -> Words:
    return lambda data: (
        _(sentence)
        % {
            "role": Role(data.get("role", "")).label.lower(),
            "person": data.get("person", ""),
        }
    )


def _role_given(data: Data) -> str:
    named = {
        "role": Role(data.get("role", "")).label.lower(),
        "person": data.get("person", ""),
        "before": data.get("before", ""),
    }
    if named["before"]:
        return _("%(person)s is %(role)s, in place of %(before)s") % named
    return _("%(person)s is %(role)s") % named


def _impact(data: Data) -> str:
    before = data.get("before", {}).get("impact", "")
    after = data.get("after", {}).get("impact", "")
    if before == after:
        return _("corrected when users felt it")
    return _("corrected the impact: %(impact)s") % {"impact": after or _("none")}


def _assessed(data: Data) -> str:
    if data.get("suggested") is None:
        return _("answered the five questions")
    name = _name(data["suggested"])
    return _("answered the five questions; they speak for %(severity)s") % {"severity": name}


def _of(sentence: str, *names: str) -> Words:
    """Words that name these values of the event's data; the sentence is a message id."""
    return lambda data: _(sentence) % {name: data.get(name, "") for name in names}


def _clock(sentence: str) -> Words:
    """Words about a clock, which the event names by its kind."""
    return lambda data: _(sentence) % {"clock": str(ClockKind(data["clock"]).label).lower()}


def _clock_paused(data: Data) -> str:
    reason = str(PauseReason(data["waiting_for"]).label).lower()
    said = {"reason": reason, "note": data.get("note", "")}
    return _("paused the resolution clock, %(reason)s: %(note)s") % said


def _corrected(data: Data) -> str:
    names = {"moment": str(LABELS[data["milestone"]]).lower(), "reason": data.get("reason", "")}
    return _("corrected the moment “%(moment)s”: %(reason)s") % names


KINDS: dict[str, Kind] = {
    "incident.clock_at_risk": Kind("clock", "busy", _clock("the %(clock)s clock is at risk")),
    "incident.clock_breached": Kind("clock", "bad", _clock("the %(clock)s clock is breached")),
    "incident.clock_paused": Kind("pause", "neutral", _clock_paused),
    "incident.clock_resumed": Kind("clock", "neutral", _of("let the resolution clock go on")),
    "incident.update_drafted": Kind(
        "megaphone", "neutral", _of("wrote a status update that waits")
    ),
    "incident.update_approved": Kind("check", "good", _of("let the status update out")),
    "incident.update_rejected": Kind(
        "megaphone", "neutral", _of("did not let the status update out: %(reason)s", "reason")
    ),
    "incident.update_withdrawn": Kind(
        "undo", "neutral", _of("took the status update back. %(reason)s", "reason")
    ),
    "incident.update_seen": Kind(
        "eye", "neutral", _of("looked at the status update afterwards")
    ),
    "incident.milestone_corrected": Kind("pencil", "neutral", _corrected),
    "incident.opened": Kind("incident", "bad", _opened),
    "incident.report_joined": Kind("person", "bad", _user_reported),
    "incident.report_left": Kind(
        "undo", "neutral", _of("took the user report %(reference)s out", "reference")
    ),
    "incident.alert_joined": Kind("alert", "bad", _of("alert joined: %(title)s", "title")),
    "incident.alert_attached": Kind(
        "alert", "neutral", _of("alert kept with it, held back: %(title)s", "title")
    ),
    "incident.paging_held": Kind(
        "pause", "busy", _of("wakes nobody while its alerts are held. %(because)s", "because")
    ),
    "incident.alert_cleared": Kind("alert", "good", _of("alert cleared: %(title)s", "title")),
    "incident.all_alerts_cleared": Kind(
        "state-good",
        "good",
        _of("all alerts cleared; it stays open until somebody resolves it"),
    ),
    "incident.paged": Kind("bell", "info", _paged),
    "incident.paged_nobody": Kind("bell", "bad", _of("nobody to page. %(reason)s", "reason")),
    "incident.paged_again": Kind("bell", "busy", _of("pages again. %(because)s", "because")),
    "incident.paging_mended": Kind("bell", "bad", _of("pages again. %(because)s", "because")),
    "incident.not_reached": Kind(
        "bell", "bad", _of("no way of reaching %(whom)s takes its pages", "whom")
    ),
    "incident.step_skipped": Kind(
        "bell", "neutral", _of("skipped a step. %(reason)s", "reason")
    ),
    "incident.paging_waits": Kind("clock", "neutral", _waits),
    "incident.everybody_was_told": Kind(
        "bell", "bad", _of("everybody on the ladder was told, and nobody has answered")
    ),
    "incident.escalated": Kind("bell", "busy", _of("escalated it now")),
    "incident.person_paged": Kind("bell", "info", _person_paged),
    "incident.policy_applied": Kind("bell", "info", _of("applied the edited policy")),
    "incident.snoozed": Kind("clock", "busy", _snoozed),
    "incident.snooze_ended": Kind("bell", "bad", _of("pages again. %(because)s", "because")),
    "incident.acknowledgement_lapsed": Kind(
        "bell", "bad", _of("pages again. %(because)s", "because")
    ),
    "incident.acknowledgement_transferred": Kind(
        "check", "busy", _of("took it over from %(leaver)s with the shift", "leaver")
    ),
    "incident.acknowledged": Kind("check", "busy", _of("acknowledged it")),
    "incident.unacknowledged": Kind("undo", "bad", _of("gave it back")),
    "incident.severity_changed": Kind("flag", "busy", _severity_changed),
    "incident.components_declared": Kind(
        "megaphone", "info", _of("said of components: %(what)s", "what")
    ),
    "incident.impact_judged": Kind(
        "megaphone",
        "info",
        _of("judged the impact for the public %(impact)s. %(reason)s", "impact", "reason"),
    ),
    "incident.mitigated": Kind("state-good", "info", _mitigated),
    "incident.unmitigated": Kind("undo", "busy", _of("took back that it is mitigated")),
    "incident.role_given": Kind("person", "info", _role_given),
    "incident.role_offered": Kind(
        "person", "neutral", _role("offered the role %(role)s to %(person)s")
    ),
    "incident.role_declined": Kind("person", "neutral", _role("keeps %(role)s where it is")),
    "incident.role_left": Kind("person", "neutral", _role("%(person)s is no longer %(role)s")),
    "incident.task_added": Kind("action", "neutral", _of("added a task: %(task)s", "task")),
    "incident.task_assigned": Kind(
        "action", "neutral", _of("gave a task to %(assignee)s: %(task)s", "assignee", "task")
    ),
    "incident.task_done": Kind("check", "good", _of("did a task: %(task)s", "task")),
    "incident.task_reopened": Kind(
        "undo", "busy", _of("took a task up again: %(task)s", "task")
    ),
    "incident.impact_set": Kind("flag", "neutral", _impact),
    "incident.service_affected": Kind(
        "service", "busy", _of("it reaches %(name)s. %(impact)s", "name", "impact")
    ),
    "incident.service_unaffected": Kind(
        "service", "neutral", _of("it does not reach %(name)s", "name")
    ),
    "incident.assessed": Kind("flag", "neutral", _assessed),
    "incident.made_private": Kind("lock", "busy", _of("made it private. %(reason)s", "reason")),
    "incident.made_public": Kind(
        "lock", "neutral", _of("opened it to all who work here. %(reason)s", "reason")
    ),
    "incident.merged": Kind(
        "link", "neutral", _of("made it part of %(into)s. %(reason)s", "into", "reason")
    ),
    "incident.unmerged": Kind("undo", "busy", _of("took it out of %(from)s again", "from")),
    "incident.took_in": Kind(
        "link", "neutral", _of("%(number)s is part of this now", "number")
    ),
    "incident.gave_back": Kind(
        "undo", "neutral", _of("%(number)s is by itself again", "number")
    ),
    "incident.deployment_blamed": Kind(
        "deployment",
        "bad",
        _of("says that %(deployment)s caused it. %(reason)s", "deployment", "reason"),
    ),
    "incident.resolved": Kind("state-good", "good", _resolved),
    "incident.stakeholders_told": Kind("megaphone", "info", _stakeholders_told),
    "incident.communication_missed": Kind(
        "clock", "bad", lambda _data: _("stakeholders were not told in time")
    ),
    "incident.communication_escalated": Kind(
        "bell",
        "bad",
        lambda data: (
            _("told the managers that stakeholders wait: %(people)s")
            % {"people": ", ".join(data.get("people", []))}
        ),
    ),
    "incident.reopened": Kind("undo", "bad", _of("reopened it: %(reason)s", "reason")),
    "incident.closed": Kind("check", "good", _of("closed it")),
    "run.started": Kind(
        "runbook",
        "info",
        _of("started the runbook “%(title)s”, revision %(revision)s", "title", "revision"),
    ),
    "run.step_answered": Kind("runbook", "neutral", _step_answered),
    "run.step_taken_back": Kind(
        "undo", "busy", _of("took back the answer to step %(step)s of the runbook", "step")
    ),
    "run.step_begun": Kind(
        "runbook", "busy", _of("began step %(step)s of the runbook", "step")
    ),
    "run.step_called_wrong": Kind(
        "flag", "bad", _of("said that step %(step)s of the runbook is wrong", "step")
    ),
    "run.paused": Kind("clock", "busy", _of("paused the runbook. %(note)s", "note")),
    "run.resumed": Kind("runbook", "info", _of("went on with the runbook")),
    "run.handed_over": Kind("person", "info", _of("handed the runbook to %(to)s", "to")),
    "run.variables_set": Kind(
        "runbook", "neutral", _of("changed what the runbook's commands are filled with")
    ),
    "run.finished": Kind("runbook", "info", _run_finished),
    "review.drafted": Kind("review", "info", _of("made a draft of the review")),
    "review.saved": Kind("review", "neutral", _of("worked on the review")),
    "review.action_added": Kind(
        "action", "neutral", _of("added an action: %(title)s", "title")
    ),
    "incident.review_waived": Kind(
        "shield", "busy", _of("let it be closed without its review: %(reason)s", "reason")
    ),
    "incident.waiver_revoked": Kind("undo", "neutral", _of("revoked the waiver")),
    "review.sent": Kind("review", "info", _of("sent the review to be looked over")),
    "review.approved": Kind("review", "good", _of("approved the review")),
    "review.changes_asked": Kind("review", "busy", _of("asked for changes in the review")),
    "review.not_needed": Kind(
        "review", "neutral", _of("no review is needed: %(reason)s", "reason")
    ),
    "review.factor_recurred": Kind(
        "undo",
        "bad",
        _of("“%(factor)s” came back; taken up again: %(title)s", "factor", "title"),
    ),
    "review.published": Kind("review", "good", _of("published the review")),
    "review.reopened": Kind("review", "busy", _of("the review is a draft again")),
}


def timeline(
    incident: Incident,
    *,
    limit: int | None = SHOWN,
    group: str = "",
    before: Place | None = None,
    by_workers: bool = False,
    reader: User | None = None,
) -> Timeline:
    """
    Return the newest `limit` lines after the place `before`, in a query for each kind of row.

    `group` keeps one of `Group`; `by_workers` adds what only those read who work on it.
    Of runs it tells what the `reader` may read; without one, what everybody may.
    """
    asked = None if limit is None else limit + 1
    lines: list[Line] = []
    if group in {"", Group.CHANGES}:
        deployed = deployments_near(incident)
        lines += map(deployment_line, _after(deployed, CHANGE, "at", before)[:asked])
    if group not in {Group.PUBLIC, Group.CHANGES}:
        told = of_group(pinned_or_not(incident, events_of(incident, reader)), group)
        lines += map(event_line, _after(told, EVENT, "happened_at", before)[:asked])
    if group in {"", Group.PEOPLE}:
        notes = incident.notes.readable(by_workers=by_workers).with_line_columns()
        written = _after(notes, NOTE, "happened_at", before).defer(*UNREAD)
        lines += map(note_line, written[:asked])
    if group in {"", Group.PUBLIC}:
        updates = incident.updates.select_related("author")
        posted = _after(updates, UPDATE, "posted_at", before)
        lines += map(update_line, posted[:asked])
    ordered = sorted(lines, key=itemgetter("place"), reverse=True)
    return Timeline(ordered[:limit], limit is not None and len(ordered) > limit)


def pinned_or_not(incident: Incident, rows: QuerySet[Event]) -> QuerySet[Event]:
    pins = PinnedEvent.objects.filter(incident=incident, event=OuterRef("pk"))
    return rows.exclude(kind__in=UNSHOWN).annotate(is_pinned=Exists(pins))


def event_line(event: Event) -> Line:
    kind = KINDS.get(event.kind) or Kind(
        "history", "neutral", lambda _data: words_of_kind(event.kind)
    )
    text = kind.words(event.data)
    return line_at(
        event.happened_at,
        EVENT,
        event.pk,
        ref=f"event-{event.pk}",
        event=event.pk,
        kind=event.kind,
        icon=kind.icon,
        tone=kind.tone,
        actor=event.actor_label,
        text=text if event.actor_label else capfirst(text),
        url=event.data.get("url", ""),
        pinned=getattr(event, "is_pinned", False),
    )


def _after(rows: QuerySet[M], rank: int, field: str, before: Place | None) -> QuerySet[M]:
    rows = rows.order_by(f"-{field}", "-pk")
    return rows if before is None else rows.filter(before.later_rows(rank, field))
