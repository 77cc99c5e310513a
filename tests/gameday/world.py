"""Sets the house up through the API, as any program would, with whom it needs for the day."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.house import Portal, get, post

DOMAIN = "harbour.example"
PASSWORD = "a lamp, a rope, a compass"
SUBSCRIBERS = 1000

PEOPLE = f"""
from portal.models import User
from tests.incidents.subscribers import many
User.objects.create_superuser("ada@{DOMAIN}", "{PASSWORD}", name="Ada")
for name in ["Olivia", "Ana", "Tomas", "Max", "Otto"]:
    User.objects.create_user(
        f"{{name.lower()}}@{DOMAIN}", "{PASSWORD}", name=name, access="member"
    )
many({SUBSCRIBERS})
"""


def address(name: str) -> str:
    return f"{name.lower()}@{DOMAIN}"


@dataclass
class World:
    """Two teams with a public service each, a director, and 1,000 who follow the page."""

    portal: Portal
    people: dict[str, int] = field(default_factory=dict)
    _token: str = ""
    _key: str = ""
    _began: dict[str, str] = field(default_factory=dict)

    def build(self) -> None:
        self.portal.manage("shell", "-c", PEOPLE)
        words = ["--person", address("Ada"), "--name", "Set-up", "--scopes", "read,write"]
        self._token = self.portal.manage("create_token", *words).strip().splitlines()[-1]
        self.people = {each["name"]: int(each["id"]) for each in self.read("people")["results"]}
        self._team("Payments", "Checkout", members=["Olivia", "Ana", "Tomas"], manager="Max")
        self._team("Finding", "Search", members=["Otto"], manager="Ada")
        group = self.call("stakeholder-groups", name="Directors", severities=[0])
        self.call("stakeholders", name="Dora", email=address("Dora"), groups=[group["id"]])
        self._key = self.call("integrations", name="Prometheus", kind="alertmanager")["key"]

    def _team(self, name: str, service: str, *, members: list[str], manager: str) -> None:
        """A team of which the first is on call, and its service on the status page."""
        slug = name.lower()
        self.call("teams", name=name, slug=slug, time_zone="UTC")
        for each in [*members, manager]:
            role = "manager" if each == manager else "member"
            self.call(f"teams/{slug}/add-member", person=self.people[each], role=role)
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        on_call = [self.people[members[0]]]
        self.call("schedules", team=slug, people=on_call, starts_on=yesterday)
        shown = {"name": service, "slug": service.lower(), "team": slug, "is_public": True}
        self.call("services", **shown, tier=1)

    def call(self, path: str, **said: Any) -> Any:
        return post(f"{self.portal.url}/api/v1/{path}/", said, token=self._token)

    def read(self, path: str) -> Any:
        return json.loads(get(f"{self.portal.url}/api/v1/{path}/", token=self._token))

    def fire(self, name: str, summary: str, *, service: str, ended: bool = False) -> None:
        """What an Alertmanager tells the integration when a P0 begins, or when it ends."""
        now = datetime.now(UTC).isoformat()
        alert = {
            "status": "resolved" if ended else "firing",
            "labels": {"alertname": name, "service": service, "severity": "p0"},
            "annotations": {"summary": summary},
            "startsAt": self._began.setdefault(name, now),
            "endsAt": now if ended else "0001-01-01T00:00:00Z",
        }
        said = {"version": "4", "groupKey": "{}", "status": alert["status"], "alerts": [alert]}
        post(f"{self.portal.url}/api/v1/alerts/alertmanager/{self._key}", said)
