"""Market >= sales >= forecast and goal, at each node that potentials cover: what breaks it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.kpi.domain.forecast.outcome import Foretold
from services.kpi.domain.forecast.series import steps_from
from services.kpi.domain.goals.goals import Goal, unplaced_words
from services.kpi.domain.territories.ceilings import CAPPED, Place, ceiling_of, ground_faults
from services.kpi.domain.territories.coverage import (
    PLACES,
    Cover,
    Ground,
    Sold,
    holding,
    least_of,
)
from services.kpi.domain.territories.potential import Potential, foretold_within
from services.kpi.domain.territories.tree import Tree
from services.kpi.repository.forecast.forecasts import WholeForecast, list_latest_of
from services.kpi.repository.goals.goals import list_open
from services.kpi.repository.territories import potentials as rows
from services.kpi.repository.territories.sold import PlaceSold, list_sold_places
from services.kpi.repository.territories.territories import lock_territories, read_tree
from shared.database import Session
from shared.errors import InvalidError

MOST_BREACHES: Final = 10  # that are named at a time


@dataclass(slots=True)
class _Memory:
    """What was found out of potentials once: those of a measure and currency, and their grounds, by
    days, and by which potentials hold these: of most days it is the same ones.
    """

    same: dict[tuple[str, str | None], list[Potential]] = field(default_factory=dict)
    spans: dict[tuple[str, str | None], list["Days"]] = field(default_factory=dict)
    by_days: dict[tuple[str, str | None, date, date], Ground] = field(default_factory=dict)
    by_potentials: dict[tuple[int, ...], Ground] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """The tree, the potentials by id, and what is sold where."""

    tree: Tree
    potentials: Mapping[UUID, Potential]
    sold: Sequence[PlaceSold]
    _memory: _Memory = field(default_factory=_Memory)

    def cover(self, place: Place, measure: str, currency: str | None, days: "Days") -> Cover | None:
        """What can be sold of the place in these days at most; None of what potentials are not."""
        if place.axis not in PLACES or measure not in CAPPED:
            return None
        key = (measure, currency, *days)
        if key not in self._memory.by_days:
            potentials = holding(self.of(measure, currency), *days)
            self._memory.by_days[key] = self._ground(potentials, currency)
        return self._memory.by_days[key].of(place)

    def _ground(self, potentials: Sequence[Potential], currency: str | None) -> Ground:
        key = tuple(map(id, potentials))
        if key not in self._memory.by_potentials:
            sold = [_sold_in(item, currency) for item in self.sold]
            self._memory.by_potentials[key] = Ground(self.tree, potentials, sold)
        return self._memory.by_potentials[key]

    def of(self, measure: str, currency: str | None) -> list[Potential]:
        key = (measure, currency)
        if key not in self._memory.same:
            self._memory.same[key] = [
                item for item in self.potentials.values() if (item.measure, item.currency) == key
            ]
        return self._memory.same[key]

    def spans(self, measure: str, currency: str | None) -> list["Days"]:
        """The times of these potentials, in order."""
        key = (measure, currency)
        if key not in self._memory.spans:
            self._memory.spans[key] = sorted({(one.first, one.end) for one in self.of(*key)})
        return self._memory.spans[key]


Days = tuple[date, date]


def _sold_in(item: PlaceSold, currency: str | None) -> Sold:
    """Counted, or in money of a currency: nothing of it is what was sold in others."""
    if currency is None:
        return Sold(item.region, item.product, item.quantity)
    amount = item.amount if item.currency == currency else Decimal(0)
    return Sold(item.region, item.product, amount)


@dataclass(frozen=True, slots=True)
class Window:
    """Days over which potentials cover what is forecast, and both of these; `unplaced` is what of
    the potential is for sales that nobody can place.
    """

    first: date
    end: date
    sales: Decimal
    unplaced: Decimal
    foretold: Decimal


async def read_known(session: Session, now: datetime) -> Known:
    """As it stands."""
    tree = await read_tree(session)
    potentials = await rows.read_latest(session)
    return Known(tree, potentials, await list_sold_places(session, now))


async def ground_goal(
    session: Session, goal: Goal, now: datetime
) -> tuple[list[tuple[str, str]], Cover]:
    """What keeps the goal's potentials from being its ground, and what it may be at most: what they
    add up to, and what all that cover the same thing allow. They do not change until the commit.
    """
    await lock_territories(session)
    limits = await read_known(session, now)
    errors = list(ground_faults(goal, limits.potentials, limits.tree)) if goal.potential_ids else []
    return errors, _most(limits, goal)


def cover_of_goal(known: Known, goal: Goal) -> Cover | None:
    """By all potentials, whichever it rests on; None of what potentials are not."""
    place = Place(goal.axis, goal.key)
    return known.cover(place, goal.measure, goal.currency, (goal.first, goal.end))


def _most(known: Known, goal: Goal) -> Cover:
    grounds = Cover(ceiling_of(goal, known.potentials))
    return least_of([grounds, cover_of_goal(known, goal) or Cover(None)]) or Cover(None)


def windows_of(known: Known, whole: WholeForecast) -> list[Window]:
    """The days of potentials over which they cover what is forecast."""
    head = whole.head
    place = Place(head.axis, head.key)
    if place.axis not in PLACES or head.measure not in CAPPED or not whole.steps:
        return []
    steps = [Foretold(step.day, step.p10, step.p50, step.p90) for step in whole.steps]
    next_day = steps_from(steps[-1].day, head.step, 2)[1]
    windows = []
    for first, end in known.spans(head.measure, head.currency):
        if first >= next_day or end <= steps[0].day:
            continue
        cover = known.cover(place, head.measure, head.currency, (first, end))
        if cover is not None and cover.sales is not None:
            foretold = foretold_within(steps, next_day, first, end)
            windows.append(Window(first, end, cover.sales, cover.unplaced, foretold))
    return windows


def cover_of_forecast(known: Known, whole: WholeForecast) -> Cover | None:
    """Of all its days; None of what potentials are not."""
    head = whole.head
    end = steps_from(whole.steps[-1].day, head.step, 2)[1]
    days = (whole.steps[0].day, end)
    return known.cover(Place(head.axis, head.key), head.measure, head.currency, days)


async def require_below_potential(session: Session, whole: WholeForecast, now: datetime) -> Known:
    """Raises InvalidError for a forecast that lies above the sales potential of the same thing;
    returns by what that was told.
    """
    await lock_territories(session)
    limits = await read_known(session, now)
    errors = [("/measure", _words(one)) for one in windows_of(limits, whole) if _is_above(one)]
    if errors:
        raise InvalidError(
            "The forecast lies above the sales potential.", errors=errors[:MOST_BREACHES]
        )
    return limits


def _is_above(window: Window) -> bool:
    return window.foretold > window.sales


def _words(window: Window) -> str:
    return (
        f"{window.first} to {window.end}: {window.foretold:f} are forecast, and the sales potential"
        f" is {window.sales:f}{unplaced_words(window.unplaced)}"
    )


async def breaches_of(session: Session, before: Known, after: Known, *, now: datetime) -> list[str]:
    """Which goals and forecasts would lie above what potentials allow, or on no ground, by what
    changes; what did before by as much does not count.
    """
    goals = [version.goal for version in await list_open(session, now.date())]
    breaches = [
        f"the goal {goal.name!r} of {goal.value:f} {breach}"
        for goal in goals
        if (breach := _goal_breach(before, after, goal)) is not None
    ]
    for whole in await list_latest_of(session, axes=sorted(PLACES), measures=sorted(CAPPED)):
        breaches.extend(_forecast_breach(before, after, whole))
    return breaches[:MOST_BREACHES]


def _goal_breach(before: Known, after: Known, goal: Goal) -> str | None:
    if goal.potential_ids:
        faults = list(ground_faults(goal, after.potentials, after.tree))
        if faults and not list(ground_faults(goal, before.potentials, before.tree)):
            return f"rests on what would be no ground of it: {faults[0][1]}"
    (most, _, unplaced), was = _most(after, goal), _most(before, goal).sales
    if most is None or goal.value <= most or (was is not None and was <= most):
        return None
    return f"would lie above the sales potential of {most:f}{unplaced_words(unplaced)}"


def _forecast_breach(before: Known, after: Known, whole: WholeForecast) -> Iterator[str]:
    was = {(one.first, one.end): one.sales for one in windows_of(before, whole)}
    for window in windows_of(after, whole):
        sales = was.get((window.first, window.end))
        if _is_above(window) and (sales is None or sales > window.sales):
            yield _words(window)
            return


def with_potential(known: Known, potential_id: UUID, item: Potential) -> Known:
    """As it would be with the potential."""
    return replace(known, potentials={**known.potentials, potential_id: item}, _memory=_Memory())


def with_tree(known: Known, tree: Tree) -> Known:
    """As it would be with the tree."""
    return replace(known, tree=tree, _memory=_Memory())
