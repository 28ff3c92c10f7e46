"""When a won lead and an order are one sale: whoever counts sales counts them by this rule."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol, TypeVar
from uuid import UUID

USUAL_HOURS: Final = 72  # that a win and an order of the same amount may lie apart
BY_ORDER: Final = "order"
BY_AMOUNT: Final = "amount"


class SaleFacts(Protocol):
    """A win or an order as the last word on it has it; `order_digest` of the order's number, or of
    the one that the win names.
    """

    @property
    def sale_id(self) -> UUID: ...
    @property
    def at(self) -> datetime: ...
    @property
    def amount(self) -> Decimal | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def order_digest(self) -> str | None: ...


Sold = TypeVar("Sold", bound=SaleFacts)


def orders_of_wins(
    wins: Iterable[Sold], orders: Sequence[Sold], window: timedelta
) -> Mapping[UUID, tuple[Sold, str]]:
    """The order that is one sale with each win, and by which rule, by the win's id; `wins` are
    those of one person that hold, `orders` all of the person's, also cancelled ones.

    A win and an order are one sale when
    1. the win names the order, and it is the only one of that number; or
    2. the win names no order, and both have the same amount and currency and lie at most the window
       apart: the nearest in time are joined first, each at most once.
    """
    pairs: dict[UUID, tuple[Sold, str]] = {}
    by_number: dict[str, list[Sold]] = defaultdict(list)
    for order in orders:
        if order.order_digest is not None:
            by_number[order.order_digest].append(order)
    in_time = sorted(wins, key=lambda win: (win.at, win.sale_id))
    for win in in_time:
        named = by_number.get(win.order_digest, []) if win.order_digest is not None else []
        if len(named) == 1:
            pairs[win.sale_id] = named.pop(), BY_ORDER
    order_ids = {order.sale_id for order, _ in pairs.values()}
    for win, order in _alike(in_time, orders, window):
        if win.sale_id not in pairs and order.sale_id not in order_ids:
            pairs[win.sale_id] = order, BY_AMOUNT
            order_ids.add(order.sale_id)
    return pairs


def _alike(
    wins: Sequence[Sold], orders: Sequence[Sold], window: timedelta
) -> list[tuple[Sold, Sold]]:
    """Wins and orders of the same amount within the window, the nearest first."""
    by_amount: dict[object, list[Sold]] = defaultdict(list)
    for order in orders:
        if order.amount is not None and order.currency is not None:
            by_amount[order.amount, order.currency].append(order)
    alike = [
        (win, order)
        for win in wins
        if win.order_digest is None
        for order in by_amount.get((win.amount, win.currency), ())
        if abs(order.at - win.at) <= window
    ]
    return sorted(
        alike, key=lambda pair: (abs(pair[1].at - pair[0].at), pair[0].sale_id, pair[1].sale_id)
    )


def currency_of(name: str | None) -> str | None:
    """Currencies are compared as ISO 4217 writes them."""
    return (name.strip().upper() or None) if name else None
