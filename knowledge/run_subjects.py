"""What a run is for: an alert, or whatever an upper floor knows by a reference."""

from typing import Any

from django.http import Http404

from portal.models import Service, User
from portal.slots import gather


def run_subject(user: User, reference: str) -> dict[str, Any]:
    """
    Return how a run names what it is for, as `start_run` takes it; nothing without a reference.

    Whoever knows the reference fills the slot "run.subject" with `reference_label`,
    `reference_url` and `service`, if the person may know of it. Nobody: there is no such thing.
    """
    if not reference:
        return {}
    found = _found(user, reference)
    if found is None:
        raise Http404
    return {"reference": reference, **found}


def service_of(user: User, reference: str) -> Service | None:
    """The service of what a run would be for, if the person may know of it."""
    found = _found(user, reference) if reference else None
    service: Service | None = found["service"] if found else None
    return service


def _found(user: User, reference: str) -> dict[str, Any] | None:
    return next(iter(gather("run.subject", user, reference)), None)
