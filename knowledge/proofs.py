"""
By what others can see that an action worked: things that the portal itself knows.

Each app offers its own through the slot `action.proof`: checks that pass, drills that
succeeded, deployments that arrived. What is red, failed or gone is not offered, so choosing
one is a check by itself.
"""

from typing import NamedTuple

from knowledge.models import ActionItem
from portal.models import User
from portal.slots import gather


class Proof(NamedTuple):
    """`reference` names it, such as "check:3"; `kind` is one of `ProofKind`."""

    reference: str
    kind: str
    label: str
    url: str


def proofs_for(user: User, action: ActionItem) -> list[Proof]:
    """Return what could prove this action now, as the person may see it."""
    return [Proof(**offered) for offered in gather("action.proof", user, action)]
