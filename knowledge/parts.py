"""The parts of Learn, as the tabs above them."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from knowledge.models import DocumentNews
from portal.models import User

PARTS = [
    ("home", _("Overview")),
    ("documents", _("Documents")),
    ("news", _("What's new")),
    ("runs", _("Runs")),
    ("links", _("Broken links")),
    ("actions", _("Action items")),
    ("retrospectives", _("Retrospectives")),
]
MOST_COUNTED = 99


def parts_of_learn(user: User, active: str) -> list[dict[str, Any]]:
    """Return the tabs, with how much is new to the reader."""
    return [
        {
            "label": label,
            "url": reverse(f"knowledge:{name}"),
            "active": name == active,
            "count": _new_to(user) if name == "news" else None,
        }
        for name, label in PARTS
    ]


def _new_to(user: User) -> str:
    unseen = DocumentNews.objects.visible_to(user).unseen_by(user)
    count = unseen[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")
