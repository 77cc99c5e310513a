"""What a run is for: an alert, or whatever an upper floor knows by a reference."""

from typing import Any

from django.http import Http404

from portal.models import User
from portal.slots import gather


def run_subject(user: User, reference: str) -> dict[str, Any]:
    """
    Return how a run names what it is for, as `start_run` takes it; nothing without a reference.

    Whoever knows the reference fills the slot "run.subject" with `reference_label`,
    `reference_url` and `service`, if the person may know of it. Nobody: there is no such thing.
    """
    if not reference:
        return {}
    found = next(iter(gather("run.subject", user, reference)), None)
    if found is None:
        raise Http404
    return {"reference": reference, **found}
