"""The improvement board."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from portal import improvement, seeds, slots
from portal.models import ImprovementTarget, PracticeRule, User


def test_the_targets_and_rules_of_the_playbook_are_seeded_once(db: None) -> None:
    assert seeds.seed() == 9 + 8 + 6 + 7
    target = ImprovementTarget.objects.get(key="mttd")
    target.value, target.changed_by = Decimal(3), None
    target.save()

    assert seeds.seed() == 0
    assert ImprovementTarget.objects.get(key="mttd").value == 3
    assert PracticeRule.objects.filter(kind="never").count() == 6


def test_the_board_shows_what_is_known_and_what_is_not(
    client: Client, vera: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds.seed()
    figures: list[dict[str, Any]] = [
        {
            "key": "availability",
            "value": Decimal("99.95"),
            "text": "99.95 %",
            "state": "recorded",
            "n": 3,
            "url": "/respond/",
        },
        {
            "key": "mttd",
            "value": Decimal(5),
            "text": "5 min",
            "state": "recorded",
            "n": 9,
            "url": "/respond/",
        },
        {
            "key": "rollback-rate",
            "value": None,
            "text": "",
            "state": "pending",
            "n": 0,
            "url": "",
        },
    ]

    def some(_user: User, _subject: Any) -> list[dict[str, Any]]:
        return figures

    monkeypatch.setitem(slots._contributions, "improve.figures", [some])
    client.force_login(vera)

    page = client.get("/improve/")
    api = {row["target"]["key"]: row for row in client.get("/api/v1/targets/").json()}

    assert {key: row["is_met"] for key, row in api.items()} == {
        "availability": True,
        "mttd": False,  # five minutes are not below five minutes
        "mttr-p0": None,
        "mttr-p1": None,
        "stakeholders-in-time": None,
        "deployment-frequency": None,
        "change-failure-rate": None,
        "rollback-rate": None,
        "paging-coverage": None,
    }
    html = page.content.decode()
    assert '<a href="/respond/">99.95 %</a>' in html
    board = html[: html.index("</table>")]  # the targets; other parts of the page follow
    assert board.count("Unknown") == 7
    assert "Skip post-incident reviews" in html


def test_rules_are_listed_by_the_api(client: Client, vera: User) -> None:
    seeds.seed()
    client.force_login(vera)

    rules = client.get("/api/v1/rules/").json()["results"]

    assert len(rules) == 21
    key = rules[0]["key"]
    assert client.get(f"/api/v1/rules/{key}/").json()["text"] == rules[0]["text"]


def test_without_seeds_the_board_says_so(client: Client, vera: User) -> None:
    client.force_login(vera)

    assert "No target yet" in client.get("/improve/").content.decode()
    assert improvement.board(vera) == []
