"""What reports on money have in common: the view they are made of, their rows and names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.attribution import Model
from services.kpi.domain.comparison import part_lengths
from services.kpi.domain.periods import Period, PeriodError
from services.kpi.repository.figures import list_manager_names
from services.kpi.repository.money import sales as rows
from services.kpi.repository.money.relations import TIMES, View, parts_of
from services.kpi.repository.money.rule import get_rule
from services.kpi.repository.money.spent import list_sources
from services.kpi.use_cases.money.project import sales_by_person
from shared.database import Session

Key = tuple[Any, ...]
MOST_ROWS: Final = 1000
Conditions = Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class MoneyWish:
    """What a report is asked for. `lookback` is how long before a sale an inquiry may lie to be
    credited with it; `known_on` a day of UTC at whose end everything was known.
    """

    period: Period
    dimensions: Sequence[str]
    model: Model
    lookback: timedelta
    known_on: date | None = None
    compare: bool = False


@dataclass(frozen=True, slots=True)
class Groups:
    """`group` holds a value per dimension, `labels` its name to display."""

    dimensions: Sequence[str]
    period: Period
    names: Mapping[str, Mapping[UUID, str | None]]

    def group(self, key: Key) -> dict[str, Any]:
        parts = parts_of(self.period, self.dimensions)
        return {
            name: parts.named(value) if name in TIMES and parts is not None else value
            for name, value in zip(self.dimensions, key, strict=True)
        }

    def labels(self, key: Key) -> dict[str, str | None]:
        return {
            name: self.names[name].get(value)
            for name, value in zip(self.dimensions, key, strict=True)
            if name in self.names and value is not None
        }


async def view_of(session: Session, span: Period, known_on: date | None) -> View:
    """The period as it is now, or with the sales that were known at the end of a day."""
    view = View(span, known_on)
    before = view.known_before
    if before is None:
        return view
    person_ids = await rows.list_people_known(
        session, span.begins_at, span.ends_at, known_before=before
    )
    births = await rows.list_births(session, person_ids, known_before=before)
    statements = await rows.list_sale_events(session, births, known_before=before)
    window = timedelta(hours=(await get_rule(session)).same_sale_hours)
    return replace(view, sales=sales_by_person(statements, births, window))


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
    lengths = part_lengths(wish.period, wish.dimensions[place])
    lengths_before = part_lengths(span, wish.dimensions[place])
    numbers = {
        number
        for number, (days, days_before) in enumerate(
            zip(lengths, lengths_before, strict=False), start=1
        )
        if days == days_before
    }
    return lambda key: key[place] in numbers


async def groups_of(session: Session, wish: MoneyWish) -> Groups:
    """The names of what the report is grouped by."""
    names: dict[str, Mapping[UUID, str | None]] = {}
    if "source" in wish.dimensions:
        names["source"] = await list_sources(session)
    if "manager" in wish.dimensions:
        names["manager"] = await list_manager_names(session)
    return Groups(wish.dimensions, wish.period, names)


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Known values first, each in its order."""
    return sorted(keys, key=lambda key: [(value is None, value) for value in key])
