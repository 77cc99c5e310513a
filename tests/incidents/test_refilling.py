"""Filling a section in again loses nothing that somebody wrote."""

from hypothesis import given
from hypothesis import strategies as st

from incidents.refilling import refilled

LINES = st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True)
TYPED = st.lists(st.sampled_from(["I", "J", "K", "a!", "b!"]), max_size=4)


def again(current: list[str], before: list[str], fresh: list[str]) -> list[str]:
    return refilled("\n".join(current), before, fresh, is_short=False).splitlines()


def test_what_is_news_comes_in_at_its_place() -> None:
    before = ["14:32 alert", "14:35 answered"]
    current = ["14:32 alert", "We were at lunch.", "14:35 answered"]
    fresh = ["14:30 deployed", "14:32 alert", "14:33 paged", "14:35 answered", "14:50 over"]
    assert again(current, before, fresh) == [
        "14:30 deployed",
        "14:32 alert",
        "14:33 paged",
        "We were at lunch.",
        "14:35 answered",
        "14:50 over",
    ]


def test_what_somebody_took_out_or_rewrote_stays_so() -> None:
    before = ["alert", "note: teh pool", "over"]
    current = ["note: the pool", "over"]
    assert again(current, before, [*before, "closed"]) == ["note: the pool", "over", "closed"]


def test_what_is_no_longer_so_goes() -> None:
    assert again(["P1 opened", "Mine"], ["P1 opened"], ["P0 opened"]) == ["Mine", "P0 opened"]


def test_one_line_is_kept_once_it_was_typed() -> None:
    assert refilled("45 minutes", ["45 minutes"], ["50 minutes"], is_short=True) == "50 minutes"
    assert refilled("About 1 h", ["45 minutes"], ["50 minutes"], is_short=True) == "About 1 h"
    assert refilled("", [], ["50 minutes"], is_short=True) == "50 minutes"


@given(st.permutations("abcdefgh"), TYPED, LINES, LINES)
def test_nothing_typed_is_lost_and_twice_is_as_once(
    mixed: list[str], typed: list[str], before: list[str], fresh: list[str]
) -> None:
    current = [*mixed[:3], *typed, *mixed[3:5]]
    filled = again(current, before, fresh)
    own = [line for line in current if line not in before]
    assert [line for line in filled if line in own and line not in fresh] == [
        line for line in own if line not in fresh
    ]
    assert set(own) <= set(filled)
    assert {line for line in fresh if line not in before} <= set(filled)
    assert again(filled, fresh, fresh) == filled
