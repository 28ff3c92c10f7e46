"""The sales of one person: a win and the order that came of it are one sale, and sales are counted
in time.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.kpi.domain.sales.events import LEAD, SaleEvent, SaleState, state_of
from shared.contracts.one_sale import orders_of_wins

MOST_GAPS: Final = 12  # between a person's last sales, by which the usual time is told
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale of a person. `number` counts those that stand, in time, from 1; `previous_at` is the
    time of the one before, `usual_halves` the median of the times between the person's last sales
    before it, in half microseconds; None before the third sale.
    `joined_by` tells by what rule a win and an order are this one sale, `origins` whose it is
    (`domain/paths/origins.py`).
    """

    sale_id: UUID
    person_id: UUID
    contact_id: UUID
    lead_id: UUID | None
    purchase_id: UUID | None
    joined_by: str | None
    at: datetime
    amount: Decimal | None
    currency: str | None
    product: str | None
    region: str | None
    source_id: UUID | None
    manager_id: UUID | None
    number: int | None
    previous_at: datetime | None
    taken_back_at: datetime | None
    usual_halves: int | None = None
    origins: str = "[]"


def sales_of(person_id: UUID, events: Iterable[SaleEvent], *, window: timedelta) -> list[Sale]:
    """All sales of a person from all that was said of them, in time.

    A win and an order are one sale as `orders_of_wins` tells.
    It has the order's time, amount, product and region, and the win's manager. An order that is
    cancelled takes the sale with it; a win that is taken back leaves the order.
    """
    by_sale: dict[UUID, list[SaleEvent]] = defaultdict(list)
    for event in events:
        by_sale[event.sale_id].append(event)
    states = [state for one in by_sale.values() if (state := state_of(one)) is not None]
    wins = [state for state in states if state.kind == LEAD and state.taken_back_at is None]
    orders = [state for state in states if state.kind != LEAD]
    pairs = orders_of_wins(wins, orders, window)
    joined_ids = {order.sale_id for order, _ in pairs.values()}
    sales = [
        _sale(person_id, state, pairs.get(state.sale_id))
        for state in states
        if state.sale_id not in joined_ids
    ]
    return _counted(sorted(sales, key=lambda sale: (sale.at, sale.sale_id)))


def _sale(person_id: UUID, state: SaleState, pair: tuple[SaleState, str] | None) -> Sale:
    is_win = state.kind == LEAD
    sale = Sale(
        sale_id=state.sale_id,
        person_id=person_id,
        contact_id=state.contact_id,
        lead_id=state.sale_id if is_win else None,
        purchase_id=None if is_win else state.sale_id,
        joined_by=None,
        at=state.at,
        amount=state.amount,
        currency=state.currency,
        product=state.product,
        region=state.region,
        source_id=state.source_id,
        manager_id=state.manager_id,
        number=None,
        previous_at=None,
        taken_back_at=state.taken_back_at,
    )
    if pair is None:
        return sale
    order, rule = pair
    has_amount = order.amount is not None
    return replace(
        sale,
        purchase_id=order.sale_id,
        joined_by=rule,
        at=order.at,
        amount=order.amount if has_amount else sale.amount,
        currency=order.currency if has_amount else sale.currency,
        product=order.product,
        region=order.region,
        source_id=order.source_id,
        taken_back_at=order.taken_back_at,
    )


def _counted(sales: Sequence[Sale]) -> list[Sale]:
    """The sales with their numbers among those that stand, and the usual time before each."""
    counted: list[Sale] = []
    gaps: deque[int] = deque(maxlen=MOST_GAPS)
    number, previous_at = 0, None
    for sale in sales:
        if sale.taken_back_at is not None:
            counted.append(sale)
            continue
        number += 1
        counted.append(
            replace(
                sale,
                number=number,
                previous_at=previous_at,
                usual_halves=_halves(gaps),
            )
        )
        if previous_at is not None:
            gaps.append((sale.at - previous_at) // _MICROSECOND)
        previous_at = sale.at
    return counted


def _halves(gaps: Iterable[int]) -> int | None:
    """Twice the median, a whole number; None of nothing."""
    ordered = sorted(gaps)
    if not ordered:
        return None
    return ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
