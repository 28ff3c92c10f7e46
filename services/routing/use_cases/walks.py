"""Remembers when the queues of pools were walked, and knows when to walk one again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.routing.domain import gains
from services.routing.domain.gains import Standing
from services.routing.repository.queue import WaitingPool

# A queue with room is walked this often even if the pool seems to have gained nothing.
WALK_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a pool can offer after leads were judged, and when the first of those that found no
    owner may go to another tier.
    """

    standing: Standing
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Walk:
    """The last walk along a whole queue: what the pool could offer then, when it was, and when a
    lead that waits may go to another tier.
    """

    standing: Standing
    at: datetime
    due_at: datetime | None = None


@dataclass(eq=False)
class Walks:
    """The last walk of each pool by one assigner, kept in memory only."""

    by_pool: dict[str, Walk] = field(default_factory=dict)
    forced: set[str] = field(default_factory=set)  # to be walked from the beginning, come what may

    def is_due(self, pool: WaitingPool, *, now: datetime) -> bool:
        """Whether the whole queue is to be walked because some of it could be served now."""
        if pool.key in self.forced:
            return True
        if not gains.fits(pool.standing, pool.least_milli):
            return False
        walk = self.by_pool.get(pool.key)
        return (
            walk is None
            or not timedelta(0) <= now - walk.at < WALK_AGAIN
            or (walk.due_at is not None and walk.due_at <= now)
            or gains.has_gained(walk.standing, pool.standing)
        )

    def judged(self, pool: str, judged: Judged | None) -> None:
        """Note that leads were judged. None means that not all of them could be judged: then the
        walk is forgotten and the queue is due again.
        """
        walk = self.by_pool.pop(pool, None)
        if walk is not None and judged is not None:
            standing = gains.least(walk.standing, judged.standing)
            self.by_pool[pool] = Walk(standing, walk.at, earliest([walk.due_at, judged.due_at]))


@contextmanager
def whole_or_forgotten(walks: Walks, pool: str) -> Iterator[None]:
    """Around a walk. One that is broken off, by an outage or with the lease, has not seen all
    leads: it counts for nothing, and the next round walks again.
    """
    try:
        yield
    except BaseException:  # a lease that ends cancels the walk
        walks.by_pool.pop(pool, None)
        raise


def earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
