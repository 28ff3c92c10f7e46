"""What a card tells of purchases is what kpi tells of sales."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.purchases import Bought, purchases_of
from services.kpi.domain.sales.events import LEAD, OFF, PURCHASE, SOLD, SaleEvent
from services.kpi.domain.sales.people import sales_of
from shared.contracts.one_sale import USUAL_HOURS
from tests.support.event_streams import MORNING, some_id


class Told(NamedTuple):
    """A win or an order of a person, as drawn."""

    is_win: bool
    hours: int
    amount: Decimal | None
    currency: str | None
    number: str | None
    is_cancelled: bool


TOLD = st.builds(
    Told,
    st.booleans(),
    st.integers(0, 200),
    st.sampled_from([None, Decimal(100), Decimal("100.00"), Decimal(250)]),
    st.sampled_from(["RUB", "RUB", "USD", None]),
    st.sampled_from([None, None, "A-17", "B-1"]),
    st.booleans(),
)


def _said(person: int, number: int, told: Told) -> list[SaleEvent]:
    """The events of kpi: a win that is taken back is in no card."""
    at = MORNING + timedelta(hours=told.hours)
    words = [SOLD, OFF] if told.is_cancelled and not told.is_win else [SOLD]
    return [
        SaleEvent(
            event_id=some_id("event", person, number, version),
            sale_id=some_id("sale", person, number),
            kind=LEAD if told.is_win else PURCHASE,
            says=says,
            version=version,
            known_at=at,
            contact_id=some_id("person", person),
            at=at,
            amount=told.amount,
            currency=told.currency,
            order_digest=told.number,
        )
        for version, says in enumerate(words, start=1)
    ]


def _bought(person: int, number: int, told: Told) -> Bought:
    return Bought(
        person_id=some_id("person", person),
        contact_id=some_id("person", person),
        sale_id=some_id("sale", person, number),
        is_win=told.is_win,
        at=MORNING + timedelta(hours=told.hours),
        amount=told.amount,
        currency=told.currency,
        product=None,
        order_digest=told.number,
        is_cancelled=told.is_cancelled and not told.is_win,
    )


@given(st.lists(st.lists(TOLD, max_size=6), max_size=3), st.sampled_from([0, 24, 72, 720]))
def test_cards_and_sales_tell_the_same(people: list[list[Told]], hours: int) -> None:
    window = timedelta(hours=hours)
    purchases = purchases_of(
        (
            _bought(person, number, told)
            for person, own in enumerate(people)
            for number, told in enumerate(own)
        ),
        window,
    )
    sales = [
        sale
        for person, own in enumerate(people)
        for sale in sales_of(
            some_id("person", person),
            [event for number, told in enumerate(own) for event in _said(person, number, told)],
            window=window,
        )
        if sale.taken_back_at is None
    ]
    assert sorted(
        (item.purchase_id, item.at, item.amount, item.currency) for item in purchases
    ) == sorted(
        (sale.purchase_id or sale.sale_id, sale.at, sale.amount, sale.currency) for sale in sales
    )


def test_a_win_is_the_nearest_order_of_its_amount() -> None:
    told = [
        Told(True, 0, Decimal(100), "RUB", None, False),
        Told(False, 72, Decimal("100.00"), "RUB", "A-17", False),
        Told(False, 80, Decimal(100), "RUB", "B-1", False),
        Told(True, 90, Decimal(100), "USD", None, False),
    ]
    sums: dict[str | None, Decimal] = defaultdict(Decimal)
    bought = (_bought(1, number, one) for number, one in enumerate(told))
    for item in purchases_of(bought, timedelta(hours=USUAL_HOURS)):
        sums[item.currency] += item.amount or 0
    assert sums == {"RUB": 200, "USD": 100}
