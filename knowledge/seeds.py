"""The documents that the portal ships with, as the reference states them; edits stay."""

from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge import workflow
from knowledge.models import Document, DocumentKind

TEXTS = Path(__file__).parent / "seed_texts"


class Seed(NamedTuple):
    """One document; its text lies in `seed_texts` under its slug."""

    slug: str
    kind: DocumentKind
    title: str
    alert_names: tuple[str, ...] = ()


SEEDS = [
    Seed("high-error-rate", DocumentKind.RUNBOOK, "High error rate", ("HighErrorRate",)),
    Seed("high-latency", DocumentKind.RUNBOOK, "High latency", ("HighLatency",)),
    Seed(
        "service-unavailable",
        DocumentKind.RUNBOOK,
        "Service unavailable",
        ("ServiceUnavailable", "InstanceDown"),
    ),
    Seed("database-restore", DocumentKind.PROCEDURE, "Database restore"),
    Seed("operational-procedures", DocumentKind.PROCEDURE, "Operational procedures"),
    Seed("incident-response-playbook", DocumentKind.PLAYBOOK, "Incident response playbook"),
    Seed("post-incident-review", DocumentKind.TEMPLATE, "Post-incident review"),
]


def seed() -> int:
    """Add and publish the documents that are missing; return how many there were."""
    present = set(Document.objects.values_list("slug", flat=True))
    missing = [wanted for wanted in SEEDS if wanted.slug not in present]
    for wanted in missing:
        _add(wanted)
    return len(missing)


@transaction.atomic
def _add(wanted: Seed) -> None:
    document = workflow.create_document(
        kind=wanted.kind,
        title=wanted.title,
        slug=wanted.slug,
        body=(TEXTS / f"{wanted.slug}.md").read_text(encoding="utf-8"),
        team=None,
        alert_names=wanted.alert_names,
        message=_("As the operation and maintenance reference states it"),
        actor=None,
    )
    workflow.publish(document.revisions.get(number=1), actor=None)
