"""The two doors that every verb has: the page's form and the API."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from incidents.models import Incident, Review
from portal.models import User

DOORS = ["page", "api"]


def signed_in_as(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def ask(door: str, person: User, incident: Incident, verb: str, /, **said: Any) -> HttpResponse:
    """Do `verb`, as the address of its page calls it, through one of the doors."""
    client = signed_in_as(person)
    if door == "page":
        path = f"/respond/{incident.pk}/{verb}/"
        return client.post(path, said)  # type: ignore[return-value]
    return api(client, f"/api/v1/incidents/{incident.pk}/{verb}/", said)


def ask_review(door: str, person: User, review: Review, verb: str, **said: Any) -> HttpResponse:
    client = signed_in_as(person)
    if door == "page":
        path = f"/respond/{review.incident_id}/review/{verb}/"
        words = said.pop("sections", {})
        return client.post(path, {**said, **words})  # type: ignore[return-value]
    return api(client, f"/api/v1/reviews/{review.pk}/{verb}/", said)


def api(client: Client, path: str, said: dict[str, Any] | None = None) -> HttpResponse:
    if said is None:
        return client.get(path)  # type: ignore[return-value]
    body = json.dumps(said, default=str)
    return client.post(path, body, content_type="application/json")  # type: ignore[return-value]


def taken(door: str, response: HttpResponse) -> bool:
    """Whether the door took it: a page redirects, the API answers 2xx."""
    wanted = {302} if door == "page" else {200, 201}
    return response.status_code in wanted
