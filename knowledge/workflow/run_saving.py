"""What every write of a run does: hold its row, and tell open pages that there is news."""

from knowledge.models import RunbookRun


def locked_run(pk: int) -> RunbookRun:
    return RunbookRun.objects.select_for_update().get(pk=pk)


def touch(run: RunbookRun) -> None:
    """Raise the number that open pages compare with what they show."""
    run.version += 1
    run.save(update_fields=["version"])
