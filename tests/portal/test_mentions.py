"""Whom an @ calls."""

import time

import pytest

from portal.mentions import calls_in, mentioned
from portal.models import User

OLIVIA = User(pk=1, name="Olivia Okafor", email="olivia@example.com")
MAX = User(pk=2, name="Max Lindqvist", email="max@example.com")
MAXINE = User(pk=3, name="Maxine", email="mx@example.com")
OTHER_MAX = User(pk=4, name="Max Power", email="power@example.com")
PEOPLE = [OLIVIA, MAX, MAXINE]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@Olivia Okafor, please", [OLIVIA]),
        ("please @olivia!", [OLIVIA]),
        ("@max and @Maxine and @max", [MAX, MAXINE]),
        ("@mx@example.com", [MAXINE]),
        ("write to olivia@example.com", []),
        ("@maximilian", []),
        ("nobody", []),
    ],
)
def test_a_name_calls_its_person(text: str, called: list[User]) -> None:
    assert mentioned(text, PEOPLE) == called


def test_a_name_of_two_calls_neither_but_the_whole_name_does() -> None:
    people = [*PEOPLE, OTHER_MAX]
    assert mentioned("@Power", people) == [OTHER_MAX]
    assert mentioned("@Max Power", people) == [OTHER_MAX]
    assert mentioned("@Lindqvist", people) == []


def test_many_calls_of_many_people_are_read_once() -> None:
    people = [User(pk=n, name=f"A{n} B", email=f"a{n}@b.example") for n in range(300)]
    began = time.process_time()
    (call,) = calls_in("@a " * 20_000 + "@A299 B", people)
    assert time.process_time() - began < 5, "Looks for each name at each sign."
    assert call.person == people[299]
