"""What one call says, in words that all forges share; and what several calls say together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from portal.moments import is_plausible

HASH = 40  # digits of a commit's name
ID = 60  # characters of a number that a forge gives; two make one name of ours
NUMBER = re.compile(r"\bCHG-[0-9]{1,18}\b", re.IGNORECASE)


class Unreadable(Exception):
    """The body is not what the forge's documents promise."""


class Nothing(Exception):
    """The call is well, and asks for nothing; the text says why."""


class Stage(StrEnum):
    BEGUN = "begun"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    # Called off, or failed in a way that says that nothing was begun.
    ABORTED = "aborted"


@dataclass(frozen=True)
class Moment:
    """One stage that a deployment reached."""

    stage: Stage
    at: datetime


@dataclass(frozen=True)
class Telling:
    """
    What one call tells of one deployment; `moment` is None where it only tells of a commit.

    `repository` and `environment` are the forge's names.
    """

    repository: str
    about: str = ""
    environment: str = ""
    moment: Moment | None = None
    version: str = ""
    sha: str = ""
    committed_at: datetime | None = None
    # Of a workflow or pipeline: its name, to be compared with what deploys.
    pipeline: str = ""
    request: str = ""
    artefact_sha256: str = ""


@dataclass(frozen=True)
class Course:
    """How a deployment went, as far as all that was told of it says."""

    result: str  # running, succeeded, failed or aborted
    started_at: datetime | None
    finished_at: datetime | None


def course_of(moments: Iterable[Moment]) -> Course | None:
    """
    Put together what was told, in whatever order it came; None where nothing has begun.

    The last end counts. A failure of something that never began has touched nothing.
    """
    ordered = sorted(set(moments), key=lambda moment: (moment.at, moment.stage))
    begun = [moment.at for moment in ordered if moment.stage == Stage.BEGUN]
    ends = [moment for moment in ordered if moment.stage != Stage.BEGUN]
    if not ordered:
        return None
    started = begun[0] if begun else None
    if not ends:
        return Course("running", started, None)
    end = ends[-1]
    result = str(end.stage)
    if end.stage == Stage.FAILED and not begun:
        result = str(Stage.ABORTED)
    started = min(started, end.at) if started else None
    return Course(result, started, end.at)


def mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(f"“{name}” is missing or not an object.")
    return value


def text(value: Any, name: str, *, longest: int = 200) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Unreadable(f"“{name}” is missing or not a text.")
    return str(value)[:longest]


def optional(value: Any, *, longest: int = 200) -> str:
    return value[:longest] if isinstance(value, str) else ""


def moment(value: Any, name: str) -> datetime:
    """Read ISO 8601, and as GitLab writes it: `2021-04-28 21:50:00 +0200` or `… UTC`."""
    try:
        said = text(value, name).replace(" UTC", "+00:00")
        read = datetime.fromisoformat(re.sub(r" ([+-]\d{2}:?\d{2})$", r"\1", said))
        told = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"“{name}” is not a time.") from error
    if not is_plausible(told):
        raise Unreadable(f"“{name}” is of a year that nobody can mean.")
    return told


def number_in(*texts: Any) -> str:
    """Return the number of a request that one of the texts names, else nothing."""
    for each in texts:
        if isinstance(each, str) and (found := NUMBER.search(each)):
            return found[0].upper()
    return ""


def version_of(said: Any, ref: Any, sha: str) -> str:
    """Return what was said; else the ref, if it reads like a version; else the commit."""
    if version := optional(said, longest=100):
        return version
    tag = optional(ref, longest=100)
    reads_like_one = any(each.isdigit() for each in tag) and "/" not in tag
    return tag if reads_like_one and len(tag) < HASH else sha
