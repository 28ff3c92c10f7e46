"""Arrays as the driver writes them soonest: it is spared to ask each member what it is."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DRIVER_UUID

_FEW: Final = 4  # members; of so few it costs no more to ask
_PLAIN: Final = frozenset(
    {bool, bytes, date, datetime, Decimal, DRIVER_UUID, float, int, str, UUID, type(None)}
)


class FlatArray:
    """Members none of which is an array.

    The driver goes through an array twice: first it looks for arrays within, to learn the number of
    dimensions, which takes as long as to write all members, then it writes them. Here there is
    nothing to be found the first time.
    """

    __slots__ = ("_is_looked_through", "_members")

    def __init__(self, members: Sequence[Any]) -> None:
        self._members = members
        self._is_looked_through = False

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Any]:
        if self._is_looked_through:
            return iter(self._members)
        self._is_looked_through = True
        return iter(())

    def __repr__(self) -> str:
        return repr(self._members)


def quick(value: Any) -> Any:
    """A parameter as it is sent. An array whose first member is none has no array within at all, as
    PostgreSQL has none of several shapes.
    """
    kind = type(value)
    if (kind is list or kind is tuple) and len(value) > _FEW and type(value[0]) in _PLAIN:
        return FlatArray(value)
    return value
