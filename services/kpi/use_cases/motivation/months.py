"""What managers are paid for a month that is open, as the facts are now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.months import days_of, month_of
from services.kpi.domain.motivation.presence import WHOLE, Stay, worked_part
from services.kpi.domain.motivation.statements import (
    Cell,
    Facts,
    attainment_of,
)
from services.kpi.domain.motivation.targets import COMPANY, Target
from services.kpi.domain.motivation.terms import Measure, Terms
from services.kpi.repository.figures import list_manager_names
from services.kpi.repository.motivation import facts as rows
from services.kpi.repository.motivation.facts import KnownStay, OwnedSale, ProductSum
from services.kpi.repository.motivation.targets import find_targets
from shared.database import Session


class ManagerFacts(NamedTuple):
    """`other_currencies` counts sales that the scheme does not, since it pays in another one."""

    facts: Facts
    other_currencies: int


@dataclass(frozen=True, slots=True)
class MonthBook:
    """What was sold and planned in a month, who worked here, and which part of it; `names` are of
    everybody who ever did, for what was sold is paid for also where somebody was not known yet.
    """

    month: date
    members: AbstractSet[UUID]
    names: Mapping[UUID, str | None]
    worked: Mapping[UUID, Fraction]
    sold: Mapping[UUID, Sequence[ProductSum]]
    company: Sequence[ProductSum]
    targets: Mapping[tuple[str, str], Target]

    def manager_ids(self) -> set[UUID]:
        return {*self.members, *self.sold}

    def facts_for(self, manager_id: UUID, terms: Terms) -> ManagerFacts:
        """What a scheme of these terms counts of a manager."""
        sums = self.sold.get(manager_id, ())
        cells = [Cell(one.product, one.sales, one.amount) for one in sums if _counts(one, terms)]
        target = None
        if terms.personal is not None:
            target = self._target(str(manager_id), terms.personal.measure, terms)
        worked = self.worked.get(manager_id, WHOLE)
        others = sum(one.sales for one in sums if not _counts(one, terms))
        return ManagerFacts(Facts(cells, target, self._company(terms), worked), others)

    def _company(self, terms: Terms) -> Fraction | None:
        if terms.company is None:
            return None
        cells = [Cell("", one.sales, one.amount) for one in self.company if _counts(one, terms)]
        target = self._target(COMPANY, terms.company.measure, terms)
        return attainment_of(Facts(cells).result(terms.company.measure), target)

    def _target(self, subject: str, measure: Measure, terms: Terms) -> Decimal | None:
        target = self.targets.get((subject, measure))
        if target is None or target.currency not in {"", terms.currency}:
            return None
        return target.value


def _counts(one: ProductSum, terms: Terms) -> bool:
    return one.currency in {None, terms.currency}


async def read_book(
    session: Session,
    month: date,
    zone: ZoneInfo,
    *,
    only: UUID | None,
    sales: Iterable[OwnedSale] | None = None,
) -> MonthBook:
    """The book of a month, of one manager or of all; of `sales`, where they are read already."""
    span = days_of(month, zone)
    stays = _stays(await rows.list_stays(session, only=only), zone)
    return MonthBook(
        month,
        {place for place, stay in stays.items() if any(one.meets(span) for one in stay.spans)},
        await list_manager_names(session),
        {place: worked_part(stay, span) for place, stay in stays.items()},
        await rows.sum_products(session, span, only=only) if sales is None else _sums(sales),
        await rows.sum_company(session, span),
        await find_targets(session, month),
    )


def _stays(known: Sequence[KnownStay], zone: ZoneInfo) -> dict[UUID, Stay]:
    """Whoever is known since the month in which anybody is was here before."""
    stays = {}
    for item in known:
        first, *others = item.spans
        if first.came_at and month_of(first.came_at, zone) == month_of(item.first_at, zone):
            first = first._replace(came_at=None)
        stays[item.manager_id] = Stay([first, *others], item.calendar, item.time_zone)
    return stays


def _sums(sales: Iterable[OwnedSale]) -> dict[UUID, list[ProductSum]]:
    cells: dict[tuple[UUID, str, str | None], list[Decimal]] = defaultdict(list)
    for item in sales:
        cells[item.manager_id, item.sale.product, item.currency].append(item.sale.amount)
    sums: dict[UUID, list[ProductSum]] = defaultdict(list)
    for (manager_id, product, currency), amounts in cells.items():
        total = sum(amounts, Decimal(0))
        sums[manager_id].append(ProductSum(product, currency, len(amounts), total))
    return sums
