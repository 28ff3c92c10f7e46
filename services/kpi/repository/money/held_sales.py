"""What is counted of the sales of a period in memory: it is found again as long as every day that
is kept as columns is the same, and so are the sales beside these days.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any, Final, TypeVar

from services.kpi.domain.rollups.lately import Lately
from services.kpi.domain.sale_columns.stretches import Stretch, digest_of
from services.kpi.repository.money.day_columns import Family
from services.kpi.repository.money.relations import View
from services.kpi.repository.money.sale_days import (
    Days,
    apart,
    find_days,
    find_sums,
    read_days,
    read_sums,
)
from shared.database import Session

T = TypeVar("T")
MOST_NUMBERS: Final = 5_000_000  # in memory, of eight bytes
_OF_A_SUM: Final = 16  # numbers in the place of a sum with its name
_COUNTED: Final[Lately[Any]] = Lately(MOST_NUMBERS)


async def count_once(
    session: Session,
    view: View,
    names: Sequence[str],
    deed: "partial[T]",
    size_of: Callable[[T], int],
) -> T:
    """What the deed makes of these columns of the sales of the period that stand, or has made of
    the same ones lately; `size_of` tells of how many numbers it consists. Nobody changes it. All
    that the deed takes besides is by keyword, and can be compared.
    """
    days = await find_days(session, view, names)
    name = (deed.func, *names, *_wish(deed), _digest(days))
    counted: T | None = _COUNTED.find(name)
    if counted is None:
        stretches: list[Stretch] = await read_days(session, days, names)
        counted = await apart(deed, stretches)
        _COUNTED.add(name, counted, size_of(counted))
    return counted


async def sum_once(
    session: Session,
    family: Family,
    bounds: Sequence[datetime],
    deed: "partial[T]",
    size_of: Callable[[T], int],
    *,
    by_day: bool = False,
) -> T:
    """The same of sums of the sales between the first and the last of the bounds. Whoever has no
    snapshot has days read again that have become others.
    """
    sums: T | None = None
    while sums is None:
        days = await find_sums(session, family, bounds, by_day=by_day)
        name = (deed.func, family.prefix, *family.names, by_day, *_wish(deed), _digest(days))
        sums = _COUNTED.find(name)
        if sums is None:
            stretches = await read_sums(session, family, bounds, days, by_day=by_day)
            if stretches is not None:
                sums = await apart(deed, stretches)
                _COUNTED.add(name, sums, size_of(sums))
    return sums


def size_of_sums(sums: Sequence[Any]) -> int:
    return _OF_A_SUM * len(sums)


def _wish(deed: "partial[Any]") -> tuple[Any, ...]:
    return tuple(sorted(deed.keywords.items()))


def _digest(days: Days) -> bytes:
    stamps = " ".join(f"{day.isoformat()} {stamp}" for day, stamp in days.stamps.items())
    return blake2b(stamps.encode() + digest_of(days.rest)).digest()
