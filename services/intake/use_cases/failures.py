"""What failed rests before it is tried again; and when failing is no longer the senders' doing."""

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
    """Of one process, in memory: after a restart everything may be tried once more."""

    pauses: dict[UUID, tuple[float, float]] = field(default_factory=dict)  # until, how long
    ours_in_a_row: int = 0
    began: float = field(default_factory=time.monotonic)
    read: int = 0
    failed: int = 0
    refused_at: float | None = None

    def rests(self, item: UUID) -> bool:
        until, _ = self.pauses.get(item, (0.0, 0.0))
        return time.monotonic() < until

    def postpone(self, item: UUID) -> None:
        """Try it again later, each time after a longer pause."""
        _, last = self.pauses.get(item, (0.0, FIRST_PAUSE_SECONDS / 2))
        pause = min(2 * last, LONGEST_PAUSE_SECONDS)
        self.pauses[item] = time.monotonic() + pause, pause

    def succeeded(self) -> None:
        """Something was settled: what rests is little, or we would not be at work."""
        self.ours_in_a_row = 0
        if len(self.pauses) > FAILING_CEILING:
            now = time.monotonic()
            self.pauses = {
                item: (until, pause)
                for item, (until, pause) in self.pauses.items()
                if now < until + LONGEST_PAUSE_SECONDS
            }

    def fault_of_our_own(self, item: UUID) -> None:
        self.postpone(item)
        self.ours_in_a_row += 1

    def trouble(self) -> str | None:
        """What health shows while so much fails that the fault must be ours."""
        recent = (
            self.refused_at is not None
            and time.monotonic() - self.refused_at < 2 * LONGEST_PAUSE_SECONDS
        )
        return "too-many-failures" if recent else None

    def senders_doing(self, *, read: int, failed: int) -> bool:
        """Whether those `failed` of the `read` may be blamed for it: few fail, or most do not.

        A release of ours that stumbles over everything would otherwise set every inquiry aside.
        """
        now = time.monotonic()
        if now - self.began > FAILING_WINDOW_SECONDS:
            self.began, self.read, self.failed = now, 0, 0
        self.read += read
        if too_many(before=self.failed, further=failed, read=self.read):
            self.refused_at = now
            return False
        self.failed += failed
        return True


def too_many(*, before: int, further: int, read: int) -> bool:
    failing = before + further
    return further > 0 and failing > FAILING_CEILING and 2 * failing > read
