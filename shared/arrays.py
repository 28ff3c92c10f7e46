"""Arrays as parameters, spared a look of the driver at each of their members."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DRIVER_UUID

_FEW: Final = 4  # members; with so few there is nothing to be spared
_PLAIN: Final = frozenset(
    {bool, bytes, date, datetime, Decimal, DRIVER_UUID, float, int, str, UUID, type(None)}
)


class FlatArray:
    """Members none of which is an array.

    The driver goes through an array twice: at first it asks each member whether it is an array too,
    to learn how many dimensions there are, which takes as long as to write it; then it writes all.
    Here it meets nobody at first. Whoever goes through it again meets all members.
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


def flat(parameter: Any) -> Any:
    """The parameter as the driver takes it. If the first member of an array is none, none is:
    PostgreSQL has no arrays of members of several shapes, and the driver refuses to write any.
    """
    kind = type(parameter)
    if (kind is list or kind is tuple) and len(parameter) > _FEW and type(parameter[0]) in _PLAIN:
        return FlatArray(parameter)
    return parameter
