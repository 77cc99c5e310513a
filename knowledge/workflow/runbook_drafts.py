"""A runbook begun for an alert that has none, from what is known of it."""

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import Document, DocumentKind, Space
from knowledge.structure import PART_LABELS
from knowledge.workflow.documents import create_document
from portal.errors import refuse
from portal.models import Service, Team, User
from portal.slots import gather

MOST_LINES = 50


@transaction.atomic
def draft_runbook(
    *,
    alert_name: str,
    actor: User,
    service: Service | None = None,
    team: Team | None = None,
    space: Space | None = None,
    reference: str = "",
) -> Document:
    """
    Begin a draft that answers this alert; `reference` names what it is to be learnt from.

    What was pinned there ("runbook.material") becomes the first steps, to be put into words.
    """
    name = alert_name.strip()
    if not name:
        raise refuse("alert_missing", _("Say which alert the runbook answers."))
    lines = (
        [line for lines in gather("runbook.material", actor, reference) for line in lines]
        if reference
        else []
    )
    return create_document(
        kind=DocumentKind.RUNBOOK,
        title=name[:200],
        body=_body(name, lines[:MOST_LINES]),
        team=team,
        space=space,
        services=[service] if service else [],
        alert_names=[name],
        message=_("Begun from a gap."),
        actor=actor,
    )


def _body(name: str, lines: list[str]) -> str:
    hints = {
        "symptoms": _("The alert `%(alert)s` fires. What do users notice?") % {"alert": name},
        "investigation": _("1. check: what shows the cause, expect: what"),
        "resolution": _("1. What to do, with its command"),
        "verification": _("1. check: what shows that it is over"),
        "escalation": _("Whom to call when this does not help."),
    }
    if lines:
        hints["resolution"] = "\n".join(
            f"{number}. {line}" for number, line in enumerate(lines, start=1)
        )
    parts = [f"## {label}\n\n{hints[part]}" for part, label in PART_LABELS.items()]
    return "\n\n".join(parts) + "\n"
