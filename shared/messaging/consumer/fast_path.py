"""What catch-up knows of the fast path, so that it leaves the newest events to it."""

import time
from dataclasses import dataclass

from shared.messaging.log.protocol import Subscription

ALONE_SECONDS = 1.0  # the lag without a fast path to wait for, or while somebody waits for the walk


@dataclass(eq=False)
class FastPath:
    """`lag_seconds` is how long an event may take by it, `look_seconds` lies between two looks at a
    journal. Without a subscription nothing waits for it.
    """

    lag_seconds: float
    look_seconds: float
    sees_all: bool  # it learns of everything that is emitted, so that silence means none
    subscription: Subscription | None = None
    progressed_at: float = 0.0
    hurried: bool = False  # somebody waits for the walk

    @property
    def closed(self) -> bool:
        return self.subscription is not None and self.subscription.closed

    @property
    def pause_seconds(self) -> float:
        """Between two looks; alone, the walk looks as often as its lag."""
        alone = self.subscription is None
        return min(self.look_seconds, ALONE_SECONDS) if alone else self.look_seconds

    def open(self) -> None:
        if self.subscription is not None:
            self.subscription.open()

    def progressed(self) -> None:
        self.progressed_at = time.monotonic()

    def walk_before(self) -> float:
        """The walk may go up to what a journal answered before this moment (monotonic).

        It stays behind the oldest event in hand, unless the fast path stands still for a lag.
        """
        now = time.monotonic()
        if self.subscription is None:
            return now - ALONE_SECONDS
        if self.subscription.closed:
            return now
        since = self.subscription.in_hand_since
        stands_still = now - max(self.progressed_at, since or 0.0) > self.lag_seconds
        lag = min(self.lag_seconds, ALONE_SECONDS) if self.hurried else self.lag_seconds
        return walk_limit(now=now, in_hand_since=None if stands_still else since) - lag

    def arrived_since(self, moment: float) -> bool:
        """Whether something may have been emitted since; True when that is unknown."""
        if self.subscription is None or not self.sees_all or self.subscription.closed:
            return True
        # The next answer of a journal covers what came last; it is walked a lag after that.
        return self.subscription.arrived_at >= moment - self.lag_seconds - 2 * self.look_seconds


def walk_limit(*, now: float, in_hand_since: float | None) -> float:
    return now if in_hand_since is None else in_hand_since
