"""How the demo's runbooks are kept right: when they were looked at, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from knowledge.models import (
    AlertLink,
    Document,
    Freshness,
    Repair,
    RepairReason,
    RuleFile,
    RunbookRun,
    ServiceRunbook,
)
from knowledge.models.freshness import SOON, USUAL_DAYS
from portal.demo import Story, wipe
from portal.markdown import find_steps

DAYS = timedelta(days=USUAL_DAYS)


def load_care(documents: Iterable[Document]) -> None:
    for document in documents:
        revision = document.published
        if revision is None or revision.published_at is None:
            continue
        Freshness.objects.create(
            document=document,
            reviewed_at=revision.published_at,
            reviewed_number=revision.number,
            reviewed_by=revision.author,
            due_at=revision.published_at + DAYS,
            remind_at=revision.published_at + DAYS - SOON,
        )


def say_what_is_wrong(story: Story, document: Document) -> None:
    """Somebody found in a run that a step names what is not there any more."""
    revision = document.published
    if revision is None:
        return
    step = find_steps(revision.body)[2]
    Repair.objects.create(
        document=document,
        revision=revision,
        anchor=step.anchor,
        line=step.line,
        quote=step.text.partition("\n")[0],
        reason=RepairReason.WRONG,
        what="The pool is in the Helm values now, not in the ConfigMap.",
        reported_by=story.people["jun"],
        opened_at=story.at(6, 10),
        is_demo=True,
    )


def remove_care(documents: list[int]) -> None:
    Repair.objects.filter(document__in=documents).delete()
    RunbookRun.objects.filter(revision__document__in=documents).update(continues=None)
    wipe(AlertLink.objects.filter(document__in=documents))
    wipe(ServiceRunbook.objects.filter(document__in=documents))
    RuleFile.objects.filter(uploaded_by__is_demo=True).delete()
