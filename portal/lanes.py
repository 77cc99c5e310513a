"""
Lanes: sends run beside each other, and one provider that hangs delays no other.

Each send has a thread of its own, which never touches the database, and a deadline; each lane
has a few slots. A send that outlives its deadline is given up for failed and keeps its slot
until it really ends, so that a dead provider holds a few threads and never all. A lane whose
slots are all held like that is stuck: what is due there fails at once, and so goes another
way, until the lane lets go (RELIABILITY R12, F21).
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Row = TypeVar("Row")
Outcome = TypeVar("Outcome")

SLOTS_OF_A_LANE = 8
SLOTS = 64  # of all lanes
KEPT_FOR_THE_SOUND = 16  # slots that a lane with a hung send may not take
DEADLINE = 10.0  # seconds for one send
WRITTEN_OFF_AFTER = 300.0  # seconds; by then a thread that still hangs holds no slot


@dataclass(eq=False)
class Job(Generic[Row, Outcome]):
    """One send in flight."""

    row: Row
    lane: str
    started_at: float = field(default_factory=time.monotonic)
    outcome: Outcome | None = None
    has_ended: bool = False
    was_given_up: bool = False

    def outlives(self, seconds: float, now: float) -> bool:
        return now - self.started_at >= seconds


class Lanes(Generic[Row, Outcome]):
    """The sends of this process, by lane; `too_late` is the outcome of what took too long."""

    def __init__(
        self,
        name: str,
        *,
        too_late: Outcome,
        slots_of_a_lane: int = SLOTS_OF_A_LANE,
        deadline: float = DEADLINE,
    ) -> None:
        self.name = name
        self.too_late = too_late
        self.slots_of_a_lane = slots_of_a_lane
        self.deadline = deadline
        self._jobs: list[Job[Row, Outcome]] = []
        self._changed = threading.Condition()

    def free(self, lane: str) -> int:
        """Return how many more sends this lane may start now."""
        with self._changed:
            mine = [job for job in self._jobs if job.lane == lane]
            is_sound = not any(job.was_given_up for job in mine)
            left = SLOTS - len(self._jobs) - (0 if is_sound else KEPT_FOR_THE_SOUND)
            return max(0, min(self.slots_of_a_lane - len(mine), left))

    def is_stuck(self, lane: str) -> bool:
        """Whether nothing but sends that were given up holds the slots of this lane."""
        with self._changed:
            mine = [job for job in self._jobs if job.lane == lane]
            given_up = sum(job.was_given_up for job in mine)
            return given_up >= self.slots_of_a_lane

    def start(self, lane: str, row: Row, work: Callable[[Row], Outcome]) -> Job[Row, Outcome]:
        """Begin to send; `work` returns what came of it and raises nothing."""
        job: Job[Row, Outcome] = Job(row, lane)
        with self._changed:
            self._jobs.append(job)
        name = f"{self.name} {lane}"
        threading.Thread(target=self._run, args=(job, work), name=name, daemon=True).start()
        return job

    def running(self) -> list[Job[Row, Outcome]]:
        """Return the sends that have neither ended nor been given up."""
        with self._changed:
            return [job for job in self._jobs if not job.has_ended and not job.was_given_up]

    def wait(self, jobs: Iterable[Job[Row, Outcome]], patience: float) -> None:
        """Return when these have ended, or after `patience` seconds."""
        wanted = list(jobs)
        with self._changed:
            self._changed.wait_for(lambda: all(job.has_ended for job in wanted), patience)

    def collect(self) -> list[tuple[Job[Row, Outcome], Outcome]]:
        """
        Return each send that has ended since the last time, or has just become too late.

        One that was given up comes a second time if it ends after all.
        """
        now = time.monotonic()
        with self._changed:
            ended = [job for job in self._jobs if job.has_ended]
            late = [
                job
                for job in self._jobs
                if not job.has_ended
                and not job.was_given_up
                and job.outlives(self.deadline, now)
            ]
            for job in late:
                job.was_given_up = True
            self._jobs = [
                job
                for job in self._jobs
                if not job.has_ended and not job.outlives(WRITTEN_OFF_AFTER, now)
            ]
        done = [(job, job.outcome) for job in ended if job.outcome is not None]
        return [*done, *((job, self.too_late) for job in late)]

    def _run(self, job: Job[Row, Outcome], work: Callable[[Row], Outcome]) -> None:
        try:
            job.outcome = work(job.row)
        finally:
            with self._changed:
                job.has_ended = True
                self._changed.notify_all()
