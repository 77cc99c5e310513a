"""What caused what, as a tree: the effect on top, and under everything why it happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from incidents.models import CausalNode

MOST_NODES = 60
DEEPEST = 12  # levels below the top


@dataclass
class Branch:
    """One node with the causes below it; `depth` is 0 at the top."""

    node: CausalNode
    depth: int = 0
    causes: list[Branch] = field(default_factory=list)

    def __iter__(self) -> Iterator[Branch]:
        """This branch and all below it, each before its causes."""
        yield self
        for cause in self.causes:
            yield from cause

    @property
    def height(self) -> int:
        """How many levels stand below it."""
        return max((cause.height + 1 for cause in self.causes), default=0)


def tree_of(nodes: Iterable[CausalNode]) -> Branch | None:
    """Return the top with all that hangs below it; None while there is no tree."""
    below: dict[int | None, list[CausalNode]] = defaultdict(list)
    for node in sorted(nodes, key=lambda node: (node.order, node.pk)):
        below[node.parent_id].append(node)
    tops = below[None]
    return _branch(tops[0], 0, below) if tops else None


def _branch(node: CausalNode, depth: int, below: dict[int | None, list[CausalNode]]) -> Branch:
    causes = [_branch(cause, depth + 1, below) for cause in below[node.pk]]
    return Branch(node, depth, causes)
