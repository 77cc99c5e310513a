"""What can be said about the runs of a runbook."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from knowledge.models import Revision, RunbookRun, RunbookRunState


@dataclass(frozen=True)
class RunHistory:
    """How the runs of one revision went, and when the document was last run at all."""

    ended: int
    succeeded: int
    last_at: datetime | None


def history_of(revision: Revision) -> RunHistory:
    on_this = Q(revision=revision)
    ended = on_this & ~Q(state__in=[RunbookRunState.RUNNING, RunbookRunState.ABANDONED])
    counted = RunbookRun.objects.filter(revision__document=revision.document_id).aggregate(
        ended=Count("pk", filter=ended),
        succeeded=Count("pk", filter=on_this & Q(state=RunbookRunState.SUCCEEDED)),
        last_at=Max("started_at"),
    )
    return RunHistory(**counted)


def newer_revision(run: RunbookRun) -> Revision | None:
    """The revision that readers get by now, where it is not the one being run."""
    published = run.revision.document.published
    return published if published and published.number > run.revision.number else None
