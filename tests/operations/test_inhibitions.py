"""Inhibition: what a graver alert mutes, when it lets go, and whom it never mutes."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from operations import workflow
from operations.models import Alert, Condition, Hold, Inhibition
from portal import clock
from portal.models import Event
from tests.operations.make import MINUTE, NOON, make_integration, receive, told

pytestmark = pytest.mark.django_db


def row(label: str, value: str, op: str = "=") -> dict[str, str]:
    return {"label": label, "op": op, "value": value}


def rule(**fields: Any) -> Inhibition:
    fields.setdefault("name", "A node that is down says it all")
    fields.setdefault("source_matchers", [row("alertname", "NodeDown")])
    fields.setdefault("target_matchers", [row("alertname", "NodeDown", "!=")])
    fields.setdefault("equal", ["node"])
    return workflow.make_inhibition(actor=None, **fields)


def held() -> set[str]:
    return set(Alert.objects.filter(is_held=True).values_list("name", flat=True))


def look() -> None:
    workflow.look_at_inhibitions(clock.now())


def test_a_target_is_held_while_a_source_fires() -> None:
    rule()
    prometheus = make_integration()
    receive(prometheus, told("NodeDown", node="a"))
    receive(prometheus, told("Slow", node="a"), told("Elsewhere", node="b"))

    assert held() == {"Slow"}
    slow = Alert.objects.get(name="Slow")
    assert slow.condition == Condition.SUPPRESSED
    opened = Event.objects.get(kind="alert.opened", object_id=slow.pk)
    assert [by["kind"] for by in opened.data["held_by"]] == ["inhibition"]


@pytest.mark.parametrize("names", [["NodeDown", "Slow"], ["Slow", "NodeDown"]])
def test_source_and_target_in_one_call_in_any_order(names: list[str]) -> None:
    rule()
    receive(make_integration(), *(told(name, node="a") for name in names))

    assert held() == {"Slow"}


def test_a_source_that_comes_later_covers_what_fires_already() -> None:
    rule()
    prometheus = make_integration()
    receive(prometheus, told("Slow", node="a"))
    assert held() == set()

    receive(prometheus, told("NodeDown", node="a"))
    look()

    assert held() == {"Slow"}
    assert Event.objects.filter(kind="alert.held").count() == 1


def test_when_the_last_source_ends_what_still_fires_is_released() -> None:
    rule()
    prometheus = make_integration()
    first = told("NodeDown", node="a", fingerprint="first")
    second = told("NodeDown", node="a", fingerprint="second")
    receive(prometheus, first, second, told("Slow", node="a"))

    def end(fingerprint: str) -> None:
        ended = told("NodeDown", ended=NOON + MINUTE, fingerprint=fingerprint, node="a")
        receive(prometheus, ended)
        look()

    end("first")
    assert held() == {"Slow"}
    end("second")
    assert held() == set()
    assert Event.objects.filter(kind="alert.released").count() == 1
    assert Hold.objects.get().outcome == Hold.Outcome.REPROCESSED


def test_a_missing_label_equals_an_empty_one() -> None:
    rule()
    receive(make_integration(), told("NodeDown"), told("Slow", node=""))

    assert held() == {"Slow"}


def test_an_alert_that_is_both_mutes_neither_itself_nor_another() -> None:
    rule(target_matchers=[row("node", "", "!=")])
    receive(
        make_integration(),
        told("NodeDown", node="a", fingerprint="first"),
        told("NodeDown", node="a", fingerprint="second"),
    )

    assert held() == set()


def test_a_rule_that_is_switched_off_lets_go() -> None:
    made = rule()
    receive(make_integration(), told("NodeDown", node="a"), told("Slow", node="a"))
    workflow.change_inhibition(made, is_active=False, actor=None)
    look()

    assert held() == set()


def test_a_rule_that_is_made_later_holds_what_fires() -> None:
    receive(make_integration(), told("NodeDown", node="a"), told("Slow", node="a"))
    made = rule()
    assert [alert.name for alert in workflow.would_mute(made)] == ["Slow"]
    look()

    assert held() == {"Slow"}
    made.refresh_from_db()
    assert made.due_at is None


def test_closing_a_source_by_hand_lets_go_too() -> None:
    rule()
    receive(make_integration(), told("NodeDown", node="a"), told("Slow", node="a"))
    workflow.close_alert(Alert.objects.get(name="NodeDown"), reason="Gone", actor=None)
    look()

    assert held() == set()


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"source_matchers": []}, "source_matchers"),
        ({"target_matchers": [row("a", "(", "=~")]}, "target_matchers"),
        ({"equal": ["not a label"]}, "equal"),
        ({"name": ""}, "name"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        rule(**fields)
    assert list(wrong.value.message_dict) == [where]
