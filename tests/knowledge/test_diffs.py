"""What changed between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.diffs import compare

LINES = st.lists(st.sampled_from(["a b c", "a b d", "", "x", "long words here"])).map("\n".join)


def test_equal_texts_have_no_difference() -> None:
    assert compare("same\nwords\n", "same\nwords\n") == []


def test_changed_words_are_marked() -> None:
    lines = compare("Tell the team today", "Tell the whole team today")
    assert [line.kind for line in lines] == ["removed", "added"]
    assert [text for text, changed in lines[1].parts if changed] == ["whole "]


def test_lines_that_have_nothing_in_common_are_not_marked() -> None:
    old, new = compare("alpha beta", "1234567890")
    assert old.parts == [("alpha beta", False)]
    assert new.parts == [("1234567890", False)]


def test_what_is_far_away_is_left_out() -> None:
    text = [str(number) for number in range(40)]
    lines = compare("\n".join(text), "\n".join(["first", *text, "last"]))
    assert [line.kind for line in lines].count("gap") == 1
    assert len(lines) == 9  # two changes, three lines around each, the gap


@given(LINES, LINES)
def test_the_shown_lines_are_those_of_the_texts(old: str, new: str) -> None:
    before, after = old.splitlines(), new.splitlines()
    for line in compare(old, new):
        words = "".join(text for text, _changed in line.parts)
        assert line.old is None or before[line.old - 1] == words
        assert line.new is None or after[line.new - 1] == words
