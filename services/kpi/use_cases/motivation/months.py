"""What managers are paid for a month that is open, as the facts are now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.months import days_of, month_of
from services.kpi.domain.motivation.presence import WHOLE, Stay, worked_part
from services.kpi.domain.motivation.statements import Facts, attainment_of
from services.kpi.domain.motivation.tallies import (
    Cell,
    Sum,
    add_up,
    alike_products,
    exact_sum,
    tally_of,
)
from services.kpi.domain.motivation.targets import COMPANY, Target
from services.kpi.domain.motivation.terms import Measure, Terms
from services.kpi.domain.periods import Period
from services.kpi.repository.motivation import facts as rows
from services.kpi.repository.motivation.facts import KnownStay, OwnedSale, ProductSum
from services.kpi.repository.motivation.targets import find_targets
from services.kpi.repository.reports.figures import list_manager_names
from shared.database import Session

Everybody = Mapping[UUID | None, Sequence[ProductSum]]


class ManagerFacts(NamedTuple):
    """`other_currencies` counts sales that the scheme does not, since it pays in another one."""

    facts: Facts
    other_currencies: int


@dataclass(frozen=True, slots=True)
class MonthBook:
    """What was sold and planned in a month, who worked here, and which part of it; `names` are of
    everybody who ever did, for what was sold is paid for also where somebody was not known yet.
    `sold` is by product, of those managers of whom it was read; `everybody` of all sales, None of
    nobody's, and `company` all together.
    """

    span: Period
    members: AbstractSet[UUID]
    names: Mapping[UUID, str | None]
    stays: Mapping[UUID, Stay]
    sold: Mapping[UUID, Sequence[ProductSum]]
    everybody: Everybody
    company: Sequence[ProductSum]
    targets: Mapping[tuple[str, str], Target]

    @property
    def month(self) -> date:
        return self.span.first

    def manager_ids(self) -> set[UUID]:
        return {*self.members, *(one for one in self.everybody if one is not None)}

    def facts_for(self, manager_id: UUID, terms: Terms) -> ManagerFacts:
        """What a scheme of these terms counts of a manager."""
        cells, others = [], 0
        for product, currency, sales, amount in self.sold.get(manager_id, ()):
            if currency is None or currency == terms.currency:
                cells.append(Cell(product, sales, amount))
            else:
                others += sales
        target = None
        if terms.personal is not None:
            target = self._target(str(manager_id), terms.personal.measure, terms)
        stay = self.stays.get(manager_id)
        worked = WHOLE if stay is None else worked_part(stay, self.span)
        tally = tally_of(terms, cells)
        return ManagerFacts(Facts(tally, target, self._company(terms), worked), others)

    def _company(self, terms: Terms) -> Fraction | None:
        if terms.company is None:
            return None
        counted = add_up(
            Sum(one.sales, one.amount)
            for one in self.company
            if one.currency in {None, terms.currency}
        )
        measure = terms.company.measure
        return attainment_of(counted.by(measure), self._target(COMPANY, measure, terms))

    def _target(self, subject: str, measure: Measure, terms: Terms) -> Decimal | None:
        target = self.targets.get((subject, measure))
        if target is None or target.currency not in {"", terms.currency}:
            return None
        return target.value


async def read_book(
    session: Session, month: date, zone: ZoneInfo, *, sales: Iterable[OwnedSale] | None = None
) -> MonthBook:
    """The book of a month, of all; of `sales`, where they are read already."""
    everybody = await rows.sum_managers(session, days_of(month, zone))
    book = await _ground(session, month, zone, everybody)
    if sales is not None:
        return replace(book, sold=_sums(sales))
    return replace(book, sold=await rows.sum_products(session, days_of(month, zone), who=None))


async def read_ground(session: Session, month: date, zone: ZoneInfo) -> MonthBook:
    """The book of a month without what was sold by product."""
    everybody = await rows.add_up_managers(session, days_of(month, zone))
    return await _ground(session, month, zone, everybody)


async def _ground(session: Session, month: date, zone: ZoneInfo, everybody: Everybody) -> MonthBook:
    span = days_of(month, zone)
    stays = await rows.list_stays(session)
    return MonthBook(
        span,
        {item.manager_id for item in stays if any(one.meets(span) for one in item.spans)},
        await list_manager_names(session),
        {item.manager_id: _stay(item, zone) for item in stays},
        {},
        everybody,
        _together(everybody),
        await find_targets(session, month),
    )


async def read_sold(
    session: Session, book: MonthBook, who: Sequence[UUID], schemes: Sequence[Terms]
) -> MonthBook:
    """The book with what these managers sold, as far as schemes of these terms tell it apart."""
    if not any(terms.bonuses for terms in schemes):
        return replace(book, sold={who: each for who, each in book.everybody.items() if who})
    alike, are_most = alike_products(schemes), 2 * len(who) > len(book.everybody)
    sold = await rows.sum_products(session, book.span, who=who, alike=alike, together=are_most)
    return replace(book, sold=sold)


def _together(everybody: Everybody) -> list[ProductSum]:
    amounts: dict[str | None, list[ProductSum]] = defaultdict(list)
    for one in chain.from_iterable(everybody.values()):
        amounts[one.currency].append(one)
    return [
        ProductSum("", currency, sum(one.sales for one in each), exact_sum(x.amount for x in each))
        for currency, each in amounts.items()
    ]


def _stay(item: KnownStay, zone: ZoneInfo) -> Stay:
    """Whoever is known since the month in which anybody is was here before."""
    first, *others = item.spans
    if first.came_at and month_of(first.came_at, zone) == month_of(item.first_at, zone):
        first = first._replace(came_at=None)
    return Stay([first, *others], item.calendar, item.time_zone)


def _sums(sales: Iterable[OwnedSale]) -> dict[UUID, list[ProductSum]]:
    cells: dict[tuple[UUID, str, str | None], list[Decimal]] = defaultdict(list)
    for item in sales:
        cells[item.manager_id, item.sale.product, item.currency].append(item.sale.amount)
    sums: dict[UUID, list[ProductSum]] = defaultdict(list)
    for (manager_id, product, currency), amounts in cells.items():
        total = exact_sum(amounts)
        sums[manager_id].append(ProductSum(product, currency, len(amounts), total))
    return sums
