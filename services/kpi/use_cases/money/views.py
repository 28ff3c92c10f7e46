"""What reports on money have in common: the view they are made of, their rows and names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.attribution import Model
from services.kpi.domain.comparison import twins
from services.kpi.domain.periods import Period, PeriodError, Steps
from services.kpi.repository.money.relations import TIMES, steps_of
from services.kpi.repository.money.spent import list_sources
from services.kpi.repository.reports.figures import list_manager_names, take_snapshot
from shared.database import Session

Key = tuple[Any, ...]
MOST_ROWS: Final = 1000
MEMORY: Final = "32MB"  # of each step of a statement that adds up groups
Conditions = Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class MoneyWish:
    """What a report is asked for. `lookback_days` is how long before a sale an inquiry may lie to
    be credited with it; `known_on` a day of UTC at whose end everything was known.
    """

    period: Period
    dimensions: Sequence[str]
    model: Model
    lookback_days: int
    known_on: date | None = None
    compare: bool = False


@dataclass(frozen=True, slots=True)
class Groups:
    """`group` holds a value per dimension, `labels` its name to display."""

    dimensions: Sequence[str]
    parts: Steps | None
    names: Mapping[str, Mapping[UUID, str | None]]

    def group(self, key: Key) -> dict[str, Any]:
        return {
            name: self.parts.days[value - 1] if name in TIMES and self.parts is not None else value
            for name, value in zip(self.dimensions, key, strict=True)
        }

    def labels(self, key: Key) -> dict[str, str | None]:
        return {
            name: self.names[name].get(value)
            for name, value in zip(self.dimensions, key, strict=True)
            if name in self.names and value is not None
        }


def before(span: Period) -> Period | None:
    """As many days just before the period; None where there are none that can be reported."""
    try:
        return span.previous()
    except PeriodError:
        return None


def comparable(wish: MoneyWish, span: Period | None) -> Callable[[Key], bool]:
    """Whether a group has its like in the period before: a part of the period has the one of the
    same number, if that is as long.
    """
    if span is None:
        return lambda _key: False
    place = next((place for place, name in enumerate(wish.dimensions) if name in TIMES), None)
    if place is None:
        return lambda _key: True
    unit = wish.dimensions[place]
    days, pairs = wish.period.steps(unit).days, twins(wish.period, span, unit)
    return lambda key: 0 < key[place] <= len(days) and days[key[place] - 1] in pairs


async def groups_of(session: Session, wish: MoneyWish) -> Groups:
    """The names of what the report is grouped by."""
    names: dict[str, Mapping[UUID, str | None]] = {}
    if "source" in wish.dimensions:
        names["source"] = await list_sources(session)
    if "manager" in wish.dimensions:
        names["manager"] = await list_manager_names(session)
    return Groups(wish.dimensions, steps_of(wish.period, wish.dimensions), names)


async def take_view(session: Session) -> None:
    """As `take_snapshot`; and groups, of which there may be many, are added up in memory."""
    await take_snapshot(session)
    await session.execute(f"SET LOCAL work_mem = '{MEMORY}'")


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Known values first, each in its order."""
    return sorted(keys, key=lambda key: [*map(_place, key)])


def _place(value: Any) -> tuple[bool, Any]:
    # Ids are compared in Python, one by one, whole numbers are not.
    return value is None, value.int if isinstance(value, UUID) else value
