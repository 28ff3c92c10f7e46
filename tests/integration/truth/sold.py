"""Everybody's sales by the rows of leads and orders: what is one sale, and which was the first."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.rows import Row, label

TAKES_BACK = {"lead.lost", "lead.reopened", "lead.merged"}


@dataclass(frozen=True)
class ToldSale:
    """A win, an order, or both; `number` is that among the person's sales that stand."""

    sale_id: UUID
    contact_id: UUID
    at: datetime
    amount: Decimal | None
    currency: str | None
    lead_id: UUID | None = None
    purchase_id: UUID | None = None
    order_name: str | None = None
    product: str | None = None
    region: str | None = None
    manager_id: UUID | None = None
    taken_back: bool = False
    joined_by: str | None = None
    person_id: UUID | None = None
    number: int | None = None
    previous_at: datetime | None = None


def sales(knowledge: Knowledge) -> list[ToldSale]:
    """All sales of all people, told once."""
    if knowledge.sales is None:
        knowledge.sales = list(_sales(knowledge))
    return knowledge.sales


def _sales(knowledge: Knowledge) -> Iterator[ToldSale]:
    by_sale: dict[UUID, list[Row]] = defaultdict(list)
    for row in knowledge.rows:
        if row.kind.startswith("purchase."):
            by_sale[UUID(row.facts["purchase_id"])].append(row)
        elif row.kind.startswith("lead.") and row.lead_id is not None:
            by_sale[row.lead_id].append(row)
    said = [sale for rows in by_sale.values() for sale in _said(rows)]
    people: dict[UUID, list[ToldSale]] = defaultdict(list)
    for sale in said:
        person_id = knowledge.who(sale.contact_id)
        people[person_id].append(replace(sale, person_id=person_id))
    same_sale = timedelta(hours=knowledge.same_sale_hours)
    for own in people.values():
        yield from _counted(_joined(own, same_sale))


def _said(rows: Sequence[Row]) -> Iterator[ToldSale]:
    """The sale that a lead's or an order's rows tell of, if they do."""
    tells = [row for row in rows if row.kind in {"lead.won", "purchase.recorded"}]
    if not tells or any(row.facts.get("is_test") for row in rows):
        return
    last = tells[-1]
    facts, is_win = last.facts, last.kind == "lead.won"
    if is_win:
        taken_back = any(row.kind in TAKES_BACK for row in rows[rows.index(last) :])
    else:
        taken_back = any(row.kind == "purchase.cancelled" for row in rows)
    assert last.contact_id is not None
    amount = facts.get("amount")
    name = facts.get("facts", {}).get("order_id") if is_win else facts.get("external_id")
    sale_id = last.lead_id if is_win else last.id_of("purchase_id")
    assert sale_id is not None
    yield ToldSale(
        sale_id=sale_id,
        contact_id=last.contact_id,
        at=last.at,
        amount=None if amount is None else Decimal(str(amount)),
        currency=facts.get("currency"),
        lead_id=sale_id if is_win else None,
        purchase_id=None if is_win else sale_id,
        order_name=_order_name(name),
        product=None if is_win else label(facts.get("product")),
        region=None if is_win else label(facts.get("region")),
        manager_id=last.id_of("manager_id") if is_win else None,
        taken_back=taken_back,
    )


def _order_name(number: str | None) -> str | None:
    """Of an erased person's order the digest of its number is left."""
    name = (number or "").strip()
    if not name or name.startswith("erased:"):
        return name or None
    return f"erased:{sha256(name.encode()).hexdigest()[:32]}"


def _joined(own: Sequence[ToldSale], same_sale: timedelta) -> list[ToldSale]:
    """A person's sales, where a win and its order are one."""
    orders = [sale for sale in own if sale.lead_id is None]
    wins = [sale for sale in own if sale.lead_id is not None and not sale.taken_back]
    pairs: dict[UUID, ToldSale] = {}
    for win, order, rule in (*_by_name(wins, orders), *_by_amount(wins, orders, same_sale)):
        joined_ids = {one.purchase_id for one in pairs.values()}
        if win.sale_id not in pairs and order.sale_id not in joined_ids:
            pairs[win.sale_id] = replace(
                order,
                sale_id=win.sale_id,
                contact_id=win.contact_id,
                lead_id=win.lead_id,
                purchase_id=order.sale_id,
                amount=win.amount if order.amount is None else order.amount,
                currency=win.currency if order.amount is None else order.currency,
                manager_id=win.manager_id,
                joined_by=rule,
            )
    gone = {sale.purchase_id for sale in pairs.values()}
    return [pairs.get(sale.sale_id, sale) for sale in own if sale.sale_id not in gone]


Pair = tuple[ToldSale, ToldSale, str]


def _by_name(wins: Sequence[ToldSale], orders: Sequence[ToldSale]) -> Iterator[Pair]:
    for win in sorted(wins, key=lambda sale: (sale.at, sale.sale_id)):
        named = [order for order in orders if order.order_name == win.order_name]
        if win.order_name is not None and len(named) == 1:
            yield win, named[0], "order"


def _by_amount(
    wins: Sequence[ToldSale], orders: Sequence[ToldSale], same_sale: timedelta
) -> list[Pair]:
    """Wins that name no order, with orders of the same amount, the nearest in time first."""
    alike = [
        (win, order, "amount")
        for win in wins
        for order in orders
        if win.order_name is None and win.amount is not None and win.currency is not None
        if (win.amount, win.currency) == (order.amount, order.currency)
        and abs(win.at - order.at) <= same_sale
    ]
    return sorted(
        alike, key=lambda pair: (abs(pair[0].at - pair[1].at), pair[0].sale_id, pair[1].sale_id)
    )


def _counted(own: Sequence[ToldSale]) -> Iterator[ToldSale]:
    number, previous_at = 0, None
    for sale in sorted(own, key=lambda sale: (sale.at, sale.sale_id)):
        if sale.taken_back:
            yield sale
            continue
        number += 1
        yield replace(sale, number=number, previous_at=previous_at)
        previous_at = sale.at
