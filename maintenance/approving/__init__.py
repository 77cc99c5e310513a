"""
The arithmetic of approvals, without a database.

A policy has steps; a step has seats, one for each person who may decide in it, and a quorum.
A vote is given by a person, for their own seat or as the delegate of another, in one step, on
one exact plan. What is satisfied, rejected or out of reach follows from the votes and from
who may vote now, and from nothing that was remembered.
"""

from maintenance.approving.counting import Facts, Judgement, Standing, State, judge
from maintenance.approving.policy import Mode, Policy, Quorum, Step
from maintenance.approving.votes import Delegation, Vote, Word
from maintenance.approving.voting import asked, objections

__all__ = [
    "Delegation",
    "Facts",
    "Judgement",
    "Mode",
    "Policy",
    "Quorum",
    "Standing",
    "State",
    "Step",
    "Vote",
    "Word",
    "asked",
    "judge",
    "objections",
]
