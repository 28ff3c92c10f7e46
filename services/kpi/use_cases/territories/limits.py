"""What limits goals and forecasts, as it is known: territories, potentials, and what is sold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kpi.domain.goals.goals import Goal
from services.kpi.domain.labels import label_key
from services.kpi.domain.territories.ceilings import CAPPED, Place
from services.kpi.domain.territories.coverage import PLACES, Ground, holding
from services.kpi.domain.territories.covers import Cover
from services.kpi.domain.territories.potential import Allowance, Potential
from services.kpi.domain.territories.sold import Sales, SoldYear
from services.kpi.domain.territories.tree import Tree, within
from services.kpi.repository.forecast.forecasts import ForecastHead
from services.kpi.repository.territories import potentials as rows
from services.kpi.repository.territories.sold import list_spellings, read_sold
from services.kpi.repository.territories.territories import read_tree
from shared.database import Session

Days = tuple[date, date]


@dataclass(slots=True)
class _Memory:
    """What was found out of potentials once: those of a measure and currency, and their grounds, by
    days, and by which potentials hold these: of most days it is the same ones; and what is sold,
    in money of each currency or counted.
    """

    same: dict[tuple[str, str | None], list[Allowance]] = field(default_factory=dict)
    spans: dict[tuple[str, str | None], list[Days]] = field(default_factory=dict)
    by_days: dict[tuple[str, str | None, date, date], Ground] = field(default_factory=dict)
    by_potentials: dict[tuple[int, ...], Ground] = field(default_factory=dict)
    sales: dict[str | None, Sales] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """The tree, the potentials by id, and what is sold where."""

    tree: Tree
    potentials: Mapping[UUID, Allowance]
    sold: SoldYear
    _memory: _Memory = field(default_factory=_Memory)

    def cover(self, place: Place, measure: str, currency: str | None, days: Days) -> Cover | None:
        """What can be sold of the place in these days at most; None of what potentials are not."""
        if place.axis not in PLACES or measure not in CAPPED:
            return None
        key = (measure, currency, *days)
        if key not in self._memory.by_days:
            potentials = holding(self.of(measure, currency), *days)
            self._memory.by_days[key] = self._ground(potentials, self._sales(currency))
        return self._memory.by_days[key].of(place)

    def _ground(self, potentials: Sequence[Allowance], sales: Sales) -> Ground:
        key = tuple(map(id, potentials))
        if key not in self._memory.by_potentials:
            self._memory.by_potentials[key] = Ground(self.tree, potentials, sales)
        return self._memory.by_potentials[key]

    def _sales(self, currency: str | None) -> Sales:
        if currency not in self._memory.sales:
            self._memory.sales[currency] = Sales(self.sold, currency)
        return self._memory.sales[currency]

    def of(self, measure: str, currency: str | None) -> list[Allowance]:
        key = (measure, currency)
        if key not in self._memory.same:
            self._memory.same[key] = [
                item for item in self.potentials.values() if (item.measure, item.currency) == key
            ]
        return self._memory.same[key]

    def spans(self, measure: str, currency: str | None) -> list[Days]:
        """The times of these potentials, in order."""
        key = (measure, currency)
        if key not in self._memory.spans:
            self._memory.spans[key] = sorted({(one.first, one.end) for one in self.of(*key)})
        return self._memory.spans[key]


async def read_limits(session: Session, now: datetime) -> Limits:
    """As it stands."""
    tree = await read_tree(session)
    potentials = await rows.read_allowances(session)
    return Limits(tree, potentials, await read_sold(session, now))


async def _read_limits_of(
    session: Session, place: Place, measure: str, currency: str | None, now: datetime
) -> Limits:
    """What of it has to do with the place in one measure: of what potentials are not, nothing."""
    if place.axis not in PLACES or measure not in CAPPED:
        return Limits({}, {}, SoldYear([]))
    tree = await read_tree(session)
    where: dict[str, Any] = {"measure": measure, "currency": currency}
    names: dict[str, Collection[str]] = {}
    memory = _Memory()
    key = label_key(place.key or "")
    if place.axis == "region":
        inside = _inside(tree, key)
        regions = {label_key(tree[one].region or "") for one in inside}
        names["region"] = await list_spellings(session, "region", regions)
        where["territory_id"] = inside
    elif place.axis == "product" and key:
        products = await rows.list_products(session, measure, currency)
        where["product"] = [name for name in products if label_key(name) in ("", key)]
        names["product"] = await list_spellings(session, "product", {key})
    if names:
        # Other places' times, too, are some for which it is told what may be sold of this one.
        spans = await rows.list_spans(session, measure, currency)
        memory.spans[measure, currency] = spans
    potentials = await rows.read_allowances(session, **where)
    return Limits(tree, potentials, await read_sold(session, now, **names), memory)


def _inside(tree: Tree, region: str) -> set[UUID]:
    """The territory that is the region, as labels are compared, and all that lie in it."""
    regions = ((one, label_key(tree[one].region or "")) for one in tree)
    return within(tree, [one for one, key in regions if key and key == region])


async def read_limits_of_goal(session: Session, goal: Goal, now: datetime) -> Limits:
    """By what `cover_of_goal` tells; of what potentials are not, nothing."""
    place = Place(goal.axis, goal.key)
    return await _read_limits_of(session, place, goal.measure, goal.currency, now)


async def read_limits_of_forecast(session: Session, head: ForecastHead, now: datetime) -> Limits:
    """By what `windows_of` and `cover_of_forecast` tell; of what potentials are not, nothing."""
    place = Place(head.axis, head.key)
    return await _read_limits_of(session, place, head.measure, head.currency, now)


def with_potential(limits: Limits, potential_id: UUID, item: Potential) -> Limits:
    """As it would be with the potential."""
    return replace(
        limits, potentials={**limits.potentials, potential_id: item.allowance}, _memory=_Memory()
    )


def with_tree(limits: Limits, tree: Tree) -> Limits:
    """As it would be with the tree."""
    return replace(limits, tree=tree, _memory=_Memory())
