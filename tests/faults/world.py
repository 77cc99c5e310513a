"""Sets up who is paged for what, through the API, as any program would."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.fleet import Fleet
from tests.house import post

DOMAIN = "faults.example"
TEAMS = 4
PASSWORD = "a long word for nobody"

MAKE_ADA = """
from portal.models import User
User.objects.create_superuser("ada@{domain}", "{password}", name="Ada")
"""


class World:
    """Four teams with a person on call and a manager each, and services of theirs."""

    def __init__(self, fleet: Fleet, *, services: int) -> None:
        self._fleet = fleet
        fleet.manage("shell", "-c", MAKE_ADA.format(domain=DOMAIN, password=PASSWORD))
        words = ["--person", f"ada@{DOMAIN}", "--name", "Set-up", "--scopes", "read,write"]
        self._token = fleet.manage("create_token", *words).strip().splitlines()[-1]
        self._draw_ladder()
        teams = [self._team(number) for number in range(TEAMS)]
        self.services = [f"service-{number}" for number in range(services)]
        for number, slug in enumerate(self.services):
            self.call("services", name=slug, slug=slug, team=teams[number % TEAMS], tier=1)
        self.key = self.call("integrations", name="Prometheus", kind="alertmanager")["key"]

    def call(self, path: str, **said: Any) -> Any:
        return post(f"{self._fleet.url}/api/v1/{path}/", said, token=self._token)

    def _draw_ladder(self) -> None:
        """One step a minute, twice over, so that steps fall due all through the faults."""
        steps = [
            {"targets": [{"kind": kind}], "delay_minutes": 1}
            for kind in ("schedule", "managers")
        ]
        made = self.call("escalation-policies", name="Each minute", repeat_count=1, steps=steps)
        assert made["is_default"]  # the house's first policy is

    def _team(self, number: int) -> str:
        slug = f"team-{number}"
        self.call("teams", name=slug, slug=slug, time_zone="UTC")
        on_call, manager = (self._person(f"{word}-{number}") for word in ("on-call", "manager"))
        self.call(f"teams/{slug}/add-member", person=on_call, role="member")
        self.call(f"teams/{slug}/add-member", person=manager, role="manager")
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        self.call("schedules", team=slug, people=[on_call], starts_on=yesterday)
        return slug

    def _person(self, name: str) -> int:
        said = {"name": name, "email": f"{name}@{DOMAIN}", "access": "member"}
        return int(self.call("people", **said)["id"])
