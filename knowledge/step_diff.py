"""What is different between the steps of two revisions."""

from typing import NamedTuple

from portal.markdown import Step, find_steps


class StepChange(NamedTuple):
    kind: str  # "added", "removed" or "changed"
    number: int  # in the newer one, or in the older one where it is gone
    title: str


def step_changes(old_body: str, new_body: str) -> list[StepChange]:
    """Return the steps that came, went or read otherwise, in their order."""
    old = {step.anchor: step for step in find_steps(old_body)}
    new = {step.anchor: step for step in find_steps(new_body)}
    changes = [_change("removed", step) for name, step in old.items() if name not in new]
    for name, step in new.items():
        if name not in old:
            changes.append(_change("added", step))
        elif old[name].text != step.text or old[name].kind != step.kind:
            changes.append(_change("changed", step))
    return sorted(changes, key=lambda change: (change.number, change.kind != "removed"))


def _change(kind: str, step: Step) -> StepChange:
    return StepChange(kind, step.number, step.text.partition("\n")[0].strip())
