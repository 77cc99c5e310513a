"""Whom an @ calls."""

import pytest

from portal.mentions import mentioned
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
