"""The picture of what caused what: whole, in order, and nothing upon anything else."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from incidents.causal_tree import Branch, tree_of
from incidents.models import CausalNode
from incidents.tree_drawing import LETTERS, MOST_LINES, Box, draw, wrapped

WORDS = st.text(st.characters(categories=["L", "Zs"]), min_size=1, max_size=120)


def tree(parents: list[int | None], texts: list[str] | None = None) -> Branch:
    """The tree whose node n + 1 hangs under `parents[n]`; None is the top."""
    nodes = [
        CausalNode(
            pk=n, parent_id=parent, order=n, text=texts[n - 1] if texts else f"Cause {n}"
        )
        for n, parent in enumerate(parents, start=1)
    ]
    top = tree_of(nodes)
    assert top is not None
    return top


@st.composite
def trees(draw_from: st.DrawFn) -> Branch:
    size = draw_from(st.integers(1, 14))
    parents = [None, *(draw_from(st.integers(1, n)) for n in range(1, size))]
    return tree(parents, draw_from(st.lists(WORDS, min_size=size, max_size=size)))


def meet(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def test_no_nodes_are_no_tree() -> None:
    assert tree_of([]) is None


def test_it_is_walked_from_the_effect_to_its_causes() -> None:
    top = tree([None, 1, 1, 2])
    assert [(branch.node.pk, branch.depth) for branch in top] == [
        (1, 0),
        (2, 1),
        (4, 2),
        (3, 1),
    ]
    assert (top.height, top.causes[1].height) == (2, 0)


def test_the_effect_stands_in_the_middle_above_its_causes() -> None:
    boxes = {box.pk: box for box in draw(tree([None, 1, 1])).boxes}
    assert boxes[1].middle == (boxes[2].middle + boxes[3].middle) / 2
    assert boxes[2].middle < boxes[3].middle


@given(trees())
def test_boxes_do_not_meet_and_all_stand_in_the_picture(top: Branch) -> None:
    drawing = draw(top)
    assert not [pair for pair in combinations(drawing.boxes, 2) if meet(*pair)]
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height
        assert all(box.y < line.y < box.y + box.height for line in box.lines)


@given(trees())
def test_every_cause_stands_below_what_it_caused(top: Branch) -> None:
    drawing = draw(top)
    boxes = {box.pk: box for box in drawing.boxes}
    assert len(boxes) == len(list(top)) == len(drawing.edges) + 1
    for branch in top:
        effect = boxes[branch.node.pk]
        assert all(boxes[cause.node.pk].y > effect.y + effect.height for cause in branch.causes)


@given(WORDS)
def test_long_words_are_broken_and_long_texts_end_in_an_ellipsis(text: str) -> None:
    lines = wrapped(text)
    assert 1 <= len(lines) <= MOST_LINES
    assert all(len(line) <= LETTERS for line in lines)
