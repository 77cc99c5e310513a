"""A step of a policy as its form shows it: which field holds which target and condition."""

from typing import Any

from incidents.models import PolicyStep, TargetKind

OPEN = "open"
CLOSED = "closed"
QUEUE = "queue"
# Which field holds which kind of target, with what is left open for the owner team.
NAMED = {
    "people": TargetKind.PERSON,
    "schedules": TargetKind.SCHEDULE,
    "teams": TargetKind.TEAM,
    "managers_of": TargetKind.MANAGERS,
    "channels": TargetKind.CHANNEL,
}
OWN = {
    "own_on_call": TargetKind.SCHEDULE,
    "own_team": TargetKind.TEAM,
    "own_managers": TargetKind.MANAGERS,
}


def initial_of(step: PolicyStep) -> dict[str, Any]:
    """What the form shows of a step that is drawn already."""
    initial: dict[str, Any] = {
        "strategy": step.strategy,
        "delay_minutes": step.delay_minutes,
    }
    for target in step.targets.all():
        for name, kind in (OWN if target.named_id is None else NAMED).items():
            if kind == target.kind and target.named_id is None:
                initial[name] = True
            elif kind == target.kind or (name == "channels" and target.channel_id):
                initial.setdefault(name, []).append(target.named_id)
    for condition in step.conditions:
        initial |= _said_by(condition)
    return initial


def _said_by(condition: dict[str, Any]) -> dict[str, Any]:
    kind = condition.get("kind")
    if kind == "severity":
        return {"severities": condition["severities"]}
    if kind == "queue":
        return {"business": QUEUE, "hours": condition.get("hours")}
    if kind == "calendar":
        is_open = OPEN if condition.get("open", True) else CLOSED
        return {"business": is_open, "hours": condition.get("hours")}
    if kind == "hours":
        times = {"hours_from": condition["from"], "hours_until": condition["until"]}
        return {"weekdays": condition["weekdays"], "zone": condition["zone"], **times}
    if kind == "volume":
        return {"volume_alerts": condition["alerts"], "volume_minutes": condition["minutes"]}
    return {"not_at_night": True} if kind == "night" else {}
