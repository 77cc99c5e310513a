"""What two sequences have in common, in bounded time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.matching import Change, changes

ITEMS = st.lists(st.sampled_from("abcd"), max_size=30)


def replaced(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    return [
        ("".join(old[change.i1 : change.i2]), "".join(new[change.j1 : change.j2]))
        for change in changes(old, new)
        if not change.same
    ]


@given(ITEMS, ITEMS)
def test_the_changes_make_both_sequences(old: list[str], new: list[str]) -> None:
    found = list(changes(old, new))
    assert [item for change in found for item in old[change.i1 : change.i2]] == old
    assert [item for change in found for item in new[change.j1 : change.j2]] == new
    for change in found:
        same = old[change.i1 : change.i2] == new[change.j1 : change.j2]
        assert same == change.same


def test_what_stands_once_is_found_though_it_moved_far() -> None:
    assert replaced(list("xxxxAyyyy"), list("qqAzz")) == [("xxxx", "qq"), ("yyyy", "zz")]
    assert list(changes([], [])) == []
    assert list(changes("a", "a")) == [Change(same=True, i1=0, i2=1, j1=0, j2=1)]


def test_the_shortest_way_is_found_among_what_repeats() -> None:
    assert replaced(list("abcabba"), list("abcabba")) == []
    assert sum(len(a) + len(b) for a, b in replaced(list("abcabba"), list("cbabac"))) == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["a"] * 100_000, ["b"] * 100_000),
        (["", "a"] * 50_000, ["", "b"] * 50_000),
        ([str(n) for n in range(30_000)], [str(n) for n in range(30_000, 0, -1)]),
        ([str(n * n % 7) for n in range(50_000)], [str(n * n % 5) for n in range(50_000)]),
    ],
)
def test_the_worst_ends_soon(old: list[str], new: list[str]) -> None:
    started = time.process_time()
    list(changes(old, new))
    assert time.process_time() - started < 3
