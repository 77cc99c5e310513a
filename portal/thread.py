"""The thread: what hangs together with an object, from the alert to the better runbook."""

from typing import Any

from django.db.models import Model

from portal.models import User
from portal.slots import gather


def thread(user: User, subject: Model) -> list[dict[str, Any]]:
    """
    Return what all apps know to belong to `subject`, in the order of the loop.

    Each item is `{"kind", "label", "url", "status", "tone", "at", "missing", "order"}`.
    """
    by_url = {item["url"]: item for item in gather("thread", user, subject)}
    return sorted(by_url.values(), key=lambda item: (item["order"], str(item["at"])))
