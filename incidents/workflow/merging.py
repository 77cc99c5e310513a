"""
Merging: one incident becomes part of another, and can be taken out again as it was.

Its alerts and the key of its group go to the target, whose clocks rule from then on; its own
stand still. Taken apart, alerts, key, state and paging are what they would be had nothing
happened: a merge undone leaves its trace in the log and nowhere else.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.grouping import parts_of, root_of
from incidents.models import EndReason, Incident, IncidentAlert, IncidentState, Merge
from incidents.workflow import escalation
from incidents.workflow.clocks import freeze_clocks, thaw_clocks
from incidents.workflow.guards import ensure
from incidents.workflow.saving import LAPSES, forget_lapses, locked_incident, save
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User

OCCURRENCE = ["started_at", "cleared_at", "batch"]


@transaction.atomic
def merge(incident: Incident, *, into: Incident, reason: str = "", actor: User) -> Incident:
    """Make an open incident part of another open one; return it as it is then."""
    source, target = _both_held(incident, into)
    ensure(source, "merge")
    if reasons := why_not_merge(source, target):
        raise TransitionNotAllowed(reasons)
    now = clock.now()
    run = source.runs.filter(ended_at=None).first()
    row = Merge(source=source, target=target, reason=reason, merged_by=actor, merged_at=now)
    row.before = {
        "state": source.state,
        "run": run.pk if run else None,
        **{name: _plain(getattr(source, name)) for name in LAPSES},
    }
    row.target_before = _move_alerts(source, target)
    row.save()
    escalation.stop(source, why=EndReason.MERGED)
    source.state, source.merged_into, source.merged_at = IncidentState.MERGED, target, now
    forget_lapses(source)
    told = {"into": _named(target), "reason": reason, "url": _address(target)}
    fields = ["state", "merged_into", "merged_at", *LAPSES]
    save(source, actor, fields, "incident.merged", **told)
    freeze_clocks(source, actor=actor)
    _tell_target("incident.took_in", target, source, actor)
    return source


@transaction.atomic
def unmerge(incident: Incident, *, actor: User) -> Incident:
    """Take it out again: what it had comes back, and paging goes on where it stood."""
    named = Incident.objects.filter(pk=incident.pk).select_related("merged_into").get()
    source, target = _both_held(named, root_of(named))
    ensure(source, "unmerge")
    row = source.merges.select_for_update().get(undone_at=None)
    _move_alerts_back(source, target, row)
    row.undone_at = clock.now()
    row.save(update_fields=["undone_at"])
    source.state = row.before["state"]
    source.merged_into = source.merged_at = None
    for name in LAPSES:
        setattr(source, name, _moment(row.before[name]))
    told = {"from": _named(target), "url": _address(target)}
    fields = ["state", "merged_into", "merged_at", *LAPSES]
    save(source, actor, fields, "incident.unmerged", **told)
    thaw_clocks(source, actor=actor)
    _tell_target("incident.gave_back", target, source, actor)
    if row.before["run"] is not None:
        escalation.resume(source, row.before["run"])
    return source


def why_not_merge(source: Incident, target: Incident) -> list[Refusal]:
    """Return every reason why one cannot become part of the other."""
    reasons = []
    if source.pk == target.pk:
        reasons.append(Refusal("itself", _("An incident is not part of itself.")))
    if target.is_merged:
        root = root_of(target)
        sentence = _("%(incident)s is part of %(other)s.")
        named = {"incident": target.number, "other": root.number}
        reasons.append(
            Refusal("target_merged", sentence % named, _("Merge with that one instead."))
        )
    elif not target.is_unresolved:
        sentence = _("%(incident)s is over.") % {"incident": target.number}
        reasons.append(Refusal("target_over", sentence, _("Reopen it if it is not over.")))
    if source.is_private and not target.is_private:
        sentence = _("%(incident)s is not private, and would show what is.")
        reasons.append(
            Refusal(
                "target_not_private",
                sentence % {"incident": target.number},
                _("Make it private first."),
            )
        )
    return reasons


def _both_held(one: Incident, other: Incident) -> tuple[Incident, Incident]:
    """Both as they are now, locked in one order, so that two merges wait for each other."""
    held = {pk: locked_incident(Incident(pk=pk)) for pk in sorted({one.pk, other.pk})}
    return held[one.pk], held[other.pk]


def _move_alerts(source: Incident, target: Incident) -> dict[str, Any]:
    """
    Give the target the alerts that it does not have; return what that changes of its own.

    Where it has one already, the later occurrence counts there, and the source's row stays.
    """
    theirs = {row.alert_id: row for row in target.alerts.all()}
    rows = source.alerts.exclude(alert__in=theirs)
    is_firing = rows.filter(cleared_at=None).exists()
    rows.filter(merged_from=None).update(merged_from=source)
    rows.update(incident=target)
    changed: dict[str, Any] = {"rows": {}}
    for row in source.alerts.filter(alert__in=theirs):
        own = theirs[row.alert_id]
        if row.started_at > own.started_at:
            changed["rows"][str(own.pk)] = {
                name: _plain(getattr(own, name)) for name in OCCURRENCE
            }
            changed["rows"][str(own.pk)]["until"] = _plain(row.started_at)
            _take_over(own, row)
            is_firing = is_firing or row.cleared_at is None
    if is_firing and target.quiet_due_at is not None:
        changed["quiet_due_at"] = _plain(target.quiet_due_at)
        Incident.objects.filter(pk=target.pk).update(quiet_due_at=None)
    return changed


def _take_over(own: IncidentAlert, row: IncidentAlert) -> None:
    for name in OCCURRENCE:
        setattr(own, name, getattr(row, name))
    own.save(update_fields=OCCURRENCE)


def _move_alerts_back(source: Incident, target: Incident, row: Merge) -> None:
    parts = [source.pk, *(part.pk for part in parts_of(source))]
    moved = IncidentAlert.objects.filter(merged_from__in=parts, incident=target)
    moved.update(incident=source)
    source.alerts.filter(merged_from=source).update(merged_from=None)
    for own, before in _own_rows(target, row):
        for name in ("started_at", "cleared_at"):
            setattr(own, name, _moment(before[name]))
        own.batch = before["batch"]
        own.save(update_fields=OCCURRENCE)
    quiet = _moment(row.target_before.get("quiet_due_at", ""))
    if quiet and target.is_unresolved and not target.alerts.filter(cleared_at=None).exists():
        Incident.objects.filter(pk=target.pk, quiet_due_at=None).update(quiet_due_at=quiet)


def _own_rows(target: Incident, row: Merge) -> Iterator[tuple[IncidentAlert, dict[str, str]]]:
    """The target's own rows that the merge changed and that nothing has changed since."""
    changed = row.target_before["rows"]
    for own in target.alerts.filter(pk__in=[int(pk) for pk in changed]):
        before = changed[str(own.pk)]
        if _plain(own.started_at) == before["until"]:
            yield own, before


def _tell_target(kind: str, target: Incident, source: Incident, actor: User) -> None:
    told: dict[str, Any] = {"number": source.number, "url": source.get_absolute_url()}
    events.record(kind, target, actor=actor, **told)


def _named(target: Incident) -> str:
    """Who reads the source may not know of a private target."""
    return _("a private incident") if target.is_private else target.number


def _address(target: Incident) -> str:
    return "" if target.is_private else target.get_absolute_url()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value or "")


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
