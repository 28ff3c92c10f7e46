"""What persons have bought: orders and won leads, each once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from shared.contracts.one_sale import orders_of_wins


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as it was told last, or a win that holds; `sale_id` is the id of either, and
    `order_digest` of the order's number or of the one that the win names.
    """

    person_id: UUID
    contact_id: UUID
    sale_id: UUID
    is_win: bool
    at: datetime
    amount: Decimal | None
    currency: str | None
    product: str | None
    order_digest: str | None
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Purchase:
    """What stands: an order, or a win that is no order's."""

    purchase_id: UUID
    contact_id: UUID
    at: datetime
    amount: Decimal | None
    currency: str | None
    product: str | None


def purchases_of(sales: Iterable[Bought], window: timedelta) -> list[Purchase]:
    """What several persons have bought. A win and an order that are one sale, which lie at most the
    window apart, are the order, with the win's amount if it has none itself; one that is cancelled
    takes its win with it.
    """
    persons: dict[UUID, list[Bought]] = defaultdict(list)
    for item in sales:
        persons[item.person_id].append(item)
    return [purchase for own in persons.values() for purchase in _of_one(own, window)]


def _of_one(sales: Iterable[Bought], window: timedelta) -> Iterable[Purchase]:
    wins: list[Bought] = []
    orders: list[Bought] = []
    for item in sales:
        (wins if item.is_win else orders).append(item)
    pairs = orders_of_wins(wins, orders, window)
    win_of = {pairs[win.sale_id][0].sale_id: win for win in wins if win.sale_id in pairs}
    for sale in (*orders, *(win for win in wins if win.sale_id not in pairs)):
        if not sale.is_cancelled:
            priced = sale if sale.amount is not None else win_of.get(sale.sale_id, sale)
            yield Purchase(
                purchase_id=sale.sale_id,
                contact_id=sale.contact_id,
                at=sale.at,
                amount=priced.amount,
                currency=priced.currency,
                product=sale.product,
            )
