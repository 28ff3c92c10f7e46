"""Restates closed months whose sales have changed since, and says by how much they were paid."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.attribution import digits_of
from services.kpi.domain.months import following, later
from services.kpi.domain.motivation.corrections import correction_of
from services.kpi.domain.motivation.explained import Part, by_amount, divided
from services.kpi.domain.motivation.statements import (
    Facts,
    Line,
    SoldSale,
    cells_of,
    statement_of,
)
from services.kpi.repository.motivation import statements as rows
from services.kpi.repository.motivation.schemes import Scheme, get_scheme
from services.kpi.repository.motivation.statements import CountedSale, PaidMonth, SaleChange
from shared.database import Session

MOST_RESTATED: Final = 24  # closed months that are looked through for what has changed


class Correction(NamedTuple):
    """What a closed month changes in the first open one, and the sales by which."""

    manager_id: UUID
    scheme: Scheme
    line: Line
    changes: Sequence[CountedSale]


async def corrections_in(
    session: Session, month: date, *, only: UUID | None
) -> dict[UUID, list[Correction]]:
    """By manager, the oldest month first; none unless the month is the first open one."""
    last = await rows.find_last_closed(session)
    if last is None or following(last.month) != month:
        return {}
    changes = await rows.list_changes(session, later(month, -MOST_RESTATED), only=only)
    corrections: dict[UUID, list[Correction]] = {}
    for item in await rows.list_paid(session, list(changes)):
        scheme = await get_scheme(session, item.scheme_id, item.version)
        sales = changes[item.month, item.manager_id]
        line = correction_of(
            item.month,
            payout=item.payout,
            carried=item.carried,
            restated=restated_payout(scheme, item, sales),
        )
        correction = Correction(item.manager_id, scheme, line, _changed(sales))
        corrections.setdefault(item.manager_id, []).append(correction)
    return corrections


def restated_payout(scheme: Scheme, item: PaidMonth, sales: Sequence[SaleChange]) -> Decimal:
    """What the month would pay had its sales been known as they are now: by the terms, the target
    and the company's result that it was closed with.
    """
    standing = [
        SoldSale(sale.sale_id, sale.lead_id, sale.product, sale.amount)
        for sale in sales
        if sale.quantity
    ]
    then = item.facts
    facts = Facts(cells_of(standing), then.target, then.company, then.worked)
    return statement_of(scheme.terms, facts).payout


def _changed(sales: Sequence[SaleChange]) -> list[CountedSale]:
    return [
        CountedSale(
            sale.sale_id, sale.lead_id, sale.product, sale.quantity_change, sale.amount_change
        )
        for sale in sales
        if sale.quantity_change or sale.amount_change
    ]


def parts_of_correction(line: Line, changes: Sequence[CountedSale], currency: str) -> list[Part]:
    """What of a correction comes of each sale that has changed, by id."""
    sales: dict[UUID, SoldSale] = {}
    for one in changes:  # a sale of another product now is there twice
        amount = one.amount + (sales[one.sale_id].amount if one.sale_id in sales else 0)
        sales[one.sale_id] = SoldSale(one.sale_id, one.lead_id, one.product, amount)
    ordered = [sales[sale_id] for sale_id in sorted(sales)]
    return divided(line.amount, ordered, by_amount, digits_of(currency))
