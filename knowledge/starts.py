"""What a new document can begin with: the outline of its kind, or a template of one's own."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from knowledge.models import Document, DocumentKind
from portal.models import User

MOST_TEMPLATES = 12


class Start(NamedTuple):
    """`key` stands in the address; `kind` is the kind of the document that comes of it."""

    key: str
    kind: str
    label: Any  # a title, or words that are still to be translated
    body: str


OUTLINES = [
    Start(
        "runbook",
        DocumentKind.RUNBOOK,
        _("Runbook"),
        """\
---
variables:
  - {name: namespace, default: production, pattern: "[a-z0-9-]+"}
---
## Symptoms

What fires, and what users notice.

## Investigation

1. check: Is it still so?

   ```bash
   kubectl get pods --namespace {{ namespace }}
   ```

## Resolution

1. First what is safe and can be undone

## Verification

1. check: The alert is over, and users are well

## Escalation

Whom to call, after how long, and what they need to know.
""",
    ),
    Start(
        "procedure",
        DocumentKind.PROCEDURE,
        _("Procedure"),
        """\
## Purpose

What it is for, and when it is done.

## Before you begin

- [ ] Who must know
- [ ] What must be at hand

## Steps

1. Do the first thing
2. check: It worked

## Rollback

1. How to get back to where you began
""",
    ),
    Start(
        "playbook",
        DocumentKind.PLAYBOOK,
        _("Playbook"),
        """\
## When to use it

## Roles

| Role | Does |
| --- | --- |
| Incident commander | decides |
| Communications | tells the others |

## The first 15 minutes

1. Say who leads
2. Say what is known

## Until it is over

## Afterwards
""",
    ),
    Start(
        "how-to",
        DocumentKind.HOW_TO,
        _("How-to"),
        """\
What you will have at the end.

## You need

-

## Steps

1.

## If it does not work

""",
    ),
    Start(
        "decision",
        DocumentKind.DECISION,
        _("Decision"),
        """\
## Context

What makes us decide, and until when.

## Options

### A

For and against.

### B

For and against.

## Decision

We do … because …

## Consequences

What becomes easier, what becomes harder, and when we look at it again.
""",
    ),
    Start(
        "meeting",
        DocumentKind.MEETING,
        _("Meeting note"),
        """\
**Date:**
**There:**

## Topics

1.

## Decided

-

## To do

- [ ] what, who, until when
""",
    ),
]


def starts_for(user: User) -> list[Start]:
    """The outlines, and the templates that this person may read."""
    templates = (
        Document.objects.visible_to(user)
        .current()
        .filter(kind=DocumentKind.TEMPLATE, published__isnull=False)
    )
    own = [
        Start(document.slug, DocumentKind.RUNBOOK, document.title, document.published.body)
        for document in templates.select_related("published").order_by("title")[:MOST_TEMPLATES]
        if document.published
    ]
    return [*OUTLINES, *own]
