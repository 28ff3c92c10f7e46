"""Sums over whole blocks of days in memory. They change when a day of knowledge is summed up, or
something late is told of one that was: both renew the stamp under which they are found.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from services.kpi.domain.rollups.blocks import Parts
from services.kpi.domain.rollups.lately import Lately
from services.kpi.repository.rollups.counters import Rolled, get_rolled
from shared.database import Session

T = TypeVar("T")


class Sealed(NamedTuple):
    """Parts of what is summed up."""

    rolled: Rolled
    of_sums: Parts

    @property
    def is_empty(self) -> bool:
        return not self.of_sums.whole and not self.of_sums.gains


def is_of(before: Rolled, after: Rolled) -> bool:
    """Whether what was read in between belongs to the stamp: not every reader has a snapshot."""
    return before.stamp is not None and before.stamp == after.stamp


class Held(Generic[T]):
    """Holds so much in all, in the unit of `size_of`; what nobody has asked for goes first."""

    def __init__(self, most: int, size_of: Callable[[T], int]) -> None:
        self._lately: Lately[T] = Lately(most)
        self._size_of = size_of

    async def find(
        self,
        session: Session,
        sealed: Sealed,
        name: tuple[Hashable, ...],
        read: Callable[[], Awaitable[T]],
    ) -> T:
        """What these parts add up to: as it was read lately, or is read now. The `name` tells what
        of them is read.
        """
        rolled, of_sums = sealed
        key = (rolled.stamp, *name, tuple(of_sums.whole), tuple(of_sums.gains))
        numbers = self._lately.find(key)
        if numbers is None:
            numbers = await read()
            if is_of(rolled, await get_rolled(session)):
                self._lately.add(key, numbers, self._size_of(numbers))
        return numbers
