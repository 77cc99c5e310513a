"""What actions and runs say of where they came from, when that may no longer be said."""

from django.db import transaction

from knowledge.models import ActionItem, RunbookRun
from knowledge.workflow.action_saving import save_action
from portal.models import User


@transaction.atomic
def relabel(reference: str, *, label: str, actor: User | None) -> int:
    """Have everything that came from `reference` name it by this label; return how many."""
    actions = ActionItem.objects.select_for_update().filter(reference=reference)
    changed = 0
    for action in actions.exclude(reference_label=label):
        action.reference_label = label
        save_action(action, actor, "reference_label")
        changed += 1
    runs = RunbookRun.objects.filter(reference=reference).exclude(reference_label=label)
    return changed + runs.update(reference_label=label)
