"""How a rule says no: every reason, each with a stable code and a plain sentence."""

from collections.abc import Iterable
from typing import NamedTuple


class Refusal(NamedTuple):
    """
    One reason why something cannot be done now.

    `remedy` says what to do about it, where that is not plain from the sentence.
    """

    code: str
    sentence: str
    remedy: str = ""


class DomainError(Exception):
    """
    A rule said no.

    Codes are part of the API and are never given a second meaning. Sentences are fit to
    show to the person who asked, beside a button as well as in an answer.
    """

    status_code = 409

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__(" ".join(str(refusal.sentence) for refusal in self.refusals))


class TransitionNotAllowed(DomainError):
    """The object's state, or a guard, does not allow this step now."""


def refuse(code: str, sentence: str, remedy: str = "") -> DomainError:
    """Return the error for a verb with one reason; the caller raises it."""
    return TransitionNotAllowed([Refusal(code, sentence, remedy)])
