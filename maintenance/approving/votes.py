"""Votes, and for whom somebody else may give them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Word(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class Vote(NamedTuple):
    """`person` gave it; `seat` is whose vote it is, which is the same without a delegation."""

    person: int
    seat: int
    step: str
    digest: str
    word: Word
    at: datetime
    is_superseded: bool = False

    @property
    def people(self) -> frozenset[int]:
        """Who has had their word by it: a delegate uses up both."""
        return frozenset({self.person, self.seat})


class Delegation(NamedTuple):
    """From `starts` until `ends`, half open, `taker` may vote for `giver`."""

    giver: int
    taker: int
    starts: datetime
    ends: datetime

    def holds_at(self, moment: datetime) -> bool:
        return self.starts <= moment < self.ends
