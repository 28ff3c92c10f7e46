"""Pauses before failed work is tried again, and the point where failures are our own fault."""

import time
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from shared.errors import UnavailableError

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
FAILING_CEILING: Final = 20  # this many are set aside within the window; more is our fault
FAILING_WINDOW_SECONDS: Final = 600.0
OURS_IN_A_ROW: Final = 20  # faults of our own without one success: the whole loop pauses


class TooManyFailuresError(UnavailableError):
    """Nothing can be settled: the fault is ours, and the whole loop pauses."""


@dataclass(eq=False)
class Failures:
    """The failures of one process, in memory only: after a restart everything is tried again.

    `pauses`: submission → until when, by the monotonic clock, and how long. `readings` and
    `failures` of what was settled are counted since `window_start`.
    """

    pauses: dict[UUID, tuple[float, float]] = field(default_factory=dict)
    ours_in_a_row: int = 0
    window_start: float = field(default_factory=time.monotonic)
    readings: int = 0
    failures: int = 0
    refused_at: float | None = None

    def is_paused(self, item: UUID) -> bool:
        until, _ = self.pauses.get(item, (0.0, 0.0))
        return time.monotonic() < until

    def postpone(self, item: UUID) -> None:
        """Try it again later, each time after a longer pause."""
        _, last = self.pauses.get(item, (0.0, FIRST_PAUSE_SECONDS / 2))
        pause = min(2 * last, LONGEST_PAUSE_SECONDS)
        self.pauses[item] = time.monotonic() + pause, pause

    def succeeded(self) -> None:
        """Something was settled, so the fault is not in everything: drop old pauses."""
        self.ours_in_a_row = 0
        if len(self.pauses) > FAILING_CEILING:
            now = time.monotonic()
            self.pauses = {
                item: (until, pause)
                for item, (until, pause) in self.pauses.items()
                if now < until + LONGEST_PAUSE_SECONDS
            }

    def add_own_fault(self, item: UUID) -> None:
        self.postpone(item)
        self.ours_in_a_row += 1

    def outage(self) -> str | None:
        """What health shows while so much fails that the fault must be ours; else None."""
        recent = (
            self.refused_at is not None
            and time.monotonic() - self.refused_at < 2 * LONGEST_PAUSE_SECONDS
        )
        return "too-many-failures" if recent else None

    def may_blame_senders(self, *, readings: int, failures: int) -> bool:
        """Whether so many failures among these readings are the senders' fault, and count them."""
        # Without this a faulty release of ours would set every inquiry aside.
        now = time.monotonic()
        if now - self.window_start > FAILING_WINDOW_SECONDS:
            self.window_start, self.readings, self.failures = now, 0, 0
        self.readings += readings
        if exceeds_ceiling(before=self.failures, further=failures, readings=self.readings):
            self.refused_at = now
            self.readings -= failures  # they will be read again, and again
            return False
        self.failures += failures
        return True


def exceeds_ceiling(*, before: int, further: int, readings: int) -> bool:
    total = before + further
    return further > 0 and total > FAILING_CEILING and 2 * total > readings
