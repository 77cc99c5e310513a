"""Front matter: read by one parser, told by line, and never drawn."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import front_matter
from portal.markdown import find_steps, render_result

TEXT = """\
---
title: Restore the database
tags: [db, restore]
reviewed: 2026-11-02
variables:
  - {name: pod, pattern: "[a-z]+"}
---

# Restore

1. Look
"""


def test_settings_are_plain_data_with_their_lines() -> None:
    matter = front_matter.read(TEXT)
    assert matter.values == {
        "title": "Restore the database",
        "tags": ["db", "restore"],
        "reviewed": date(2026, 11, 2),
        "variables": [{"name": "pod", "pattern": "[a-z]+"}],
    }
    assert (matter.line_of("title"), matter.line_of("variables")) == (2, 5)
    assert (matter.first_line, matter.problems) == (8, [])
    assert matter.text == "\n# Restore\n\n1. Look\n"


@pytest.mark.parametrize(
    "body",
    ["", "# A title\n", "---\n\ntext\n---\n", "---\nno end: yes\n", " ---\na: b\n---\n"],
)
def test_a_text_without_settings_is_all_text(body: str) -> None:
    matter = front_matter.read(body)
    assert (matter.values, matter.problems, matter.text) == ({}, [], body)


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("title: a\nb: [1, 2", 3, "not YAML"),
        ("title: 'a\nb: 2", 3, "not YAML"),
        ("a: 1\nb: 2\na: 3", 4, "stands twice"),
        ("a: &x 1\nb: *x", 3, "alias"),
        ("a: !!python/object/apply:os.system [ls]", 2, "not YAML"),
        ("a: !!binary x", 2, "not YAML"),
        ("a: " + "[" * 20 + "]" * 20, 2, "too deeply"),
        ("a: 2026-99-99", 1, "not YAML"),
        ("a: 1\n---\nb: 2", 0, ""),
        ("a: " + "x" * front_matter.LONGEST, 1, "longer than"),
    ],
)
def test_what_is_wrong_is_told_by_line(source: str, line: int, words: str) -> None:
    matter = front_matter.read(f"---\n{source}\n---\ntext\n")
    if not line:
        assert matter.values == {"a": 1}
        return
    assert matter.values == {}
    (problem,) = matter.problems
    assert problem.line == line
    assert words in problem.sentence
    assert matter.text == "text\n"


@given(st.text("-.:\n ab{}[]&*!'\"#", max_size=80))
def test_nothing_raises_and_no_byte_is_lost(source: str) -> None:
    for body in (source, f"---\n{source}", f"---\na:\n{source}\n---\n"):
        matter = front_matter.read(body)
        assert body.endswith(matter.text)
        assert len(body.split("\n")[matter.first_line - 1 :]) == len(matter.text.split("\n"))


def test_what_is_drawn_and_run_leaves_it_out() -> None:
    drawn = render_result(TEXT)
    assert "variables" not in drawn.html
    assert "pod" not in drawn.words
    assert [step.text for step in find_steps(TEXT.replace("# Restore", "# Steps"))] == ["Look"]
