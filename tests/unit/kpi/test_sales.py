"""The sales of a person: what stands, what is one and the same, which number each has."""

import random
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.sales.events import SaleEvent, sale_event_of
from services.kpi.domain.sales.people import MOST_GAPS, Sale, sales_of
from shared.contracts.envelope import Event
from shared.contracts.leads import LeadLost, LeadReopened, LeadWon
from shared.contracts.one_sale import BY_AMOUNT, BY_ORDER
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded
from tests.support.event_streams import MORNING, some_id

WINDOW = timedelta(days=3)
ANNA = some_id("person", "anna")


class Said:
    """Events about Anna's sales, one version after the other."""

    def __init__(self) -> None:
        self.events: list[SaleEvent] = []

    def say(self, event: Event) -> None:
        version = len(self.events) + 1
        event_id = some_id("event", version)
        fact = sale_event_of(event, event_id, version=version, known_at=MORNING)
        assert fact is not None
        self.events.append(fact)

    def won(self, name: str, amount: str | None = "100", *, days: float = 0, **more: Any) -> None:
        self.on_lead(LeadWon, name, days=days, amount=amount, currency="rub", **more)

    def on_lead(self, kind: type[Event], name: str, *, days: float = 0, **more: Any) -> None:
        at = MORNING + timedelta(days=days)
        lead_id = some_id("lead", name)
        self.say(kind(lead_id=lead_id, contact_id=ANNA, version=1, at=at, **more))

    def bought(self, name: str, amount: str | None = "100", *, days: float = 0) -> None:
        self.say(
            PurchaseRecorded(
                contact_id=ANNA,
                purchase_id=some_id("purchase", name),
                external_id=name,
                amount=amount,
                currency="RUB",
                purchased_at=MORNING + timedelta(days=days),
            )
        )

    def cancelled(self, name: str, *, days: float = 0) -> None:
        self.say(
            PurchaseCancelled(
                contact_id=ANNA,
                purchase_id=some_id("purchase", name),
                external_id=name,
                cancelled_at=MORNING + timedelta(days=days),
            )
        )

    def sales(self, window: timedelta = WINDOW) -> list[Sale]:
        return sales_of(ANNA, self.events, window=window)


def test_a_win_holds_until_it_is_taken_back_and_may_come_again() -> None:
    said = Said()
    said.won("a")
    said.on_lead(LeadReopened, "a", days=1, closed_as="won")
    (sale,) = said.sales()
    assert (sale.number, sale.taken_back_at) == (None, MORNING + timedelta(days=1))

    said.won("a", "70", days=2)
    (sale,) = said.sales()
    assert (sale.number, sale.amount, sale.taken_back_at) == (1, Decimal(70), None)
    assert sale.at == MORNING + timedelta(days=2)


def test_what_was_never_won_is_no_sale() -> None:
    said = Said()
    said.on_lead(LeadLost, "a")
    assert said.sales() == []


def test_the_latest_word_on_an_order_counts_and_a_cancelled_one_stays_so() -> None:
    said = Said()
    said.bought("7", "50")
    said.bought("7", "60")
    said.cancelled("7", days=1)
    said.bought("7", "65")
    (sale,) = said.sales()
    assert (sale.amount, sale.number) == (Decimal(65), None)
    assert sale.taken_back_at == MORNING + timedelta(days=1)


def test_a_win_that_names_its_order_is_that_order() -> None:
    said = Said()
    said.won("a", "100", facts={"order_id": " 7 "}, manager_id=some_id("manager", 1))
    said.bought("7", "95", days=30)
    said.bought("8", "100")
    joined, alone = sorted(said.sales(), key=lambda sale: sale.lead_id is None)
    assert (joined.joined_by, joined.amount, joined.at) == (
        BY_ORDER,
        Decimal(95),
        MORNING + timedelta(days=30),
    )
    assert joined.manager_id == some_id("manager", 1)
    assert (alone.purchase_id, alone.lead_id) == (some_id("purchase", "8"), None)


@pytest.mark.parametrize(
    ("amount", "days", "count"),
    [("100", 3, 1), ("100.00", -3, 1), ("100", 3.01, 2), ("100.01", 0, 2), (None, 0, 2)],
)
def test_the_same_amount_within_the_window_is_one_sale(
    amount: str | None, days: float, count: int
) -> None:
    said = Said()
    said.won("a")
    said.bought("7", amount, days=days)
    assert len(said.sales()) == count


def test_the_nearest_are_joined_first_and_each_once() -> None:
    said = Said()
    said.won("a")
    said.won("b", days=2)
    said.bought("7", days=1.9)
    pairs = {sale.lead_id: sale.joined_by for sale in said.sales()}
    assert pairs == {some_id("lead", "a"): None, some_id("lead", "b"): BY_AMOUNT}


def test_a_cancelled_order_takes_the_joined_sale_with_it_and_a_lost_win_leaves_the_order() -> None:
    said = Said()
    said.won("a")
    said.bought("7")
    said.cancelled("7", days=1)
    (sale,) = said.sales()
    assert sale.taken_back_at is not None

    other = Said()
    other.won("a")
    other.bought("7")
    other.on_lead(LeadReopened, "a")
    standing = [sale for sale in other.sales() if sale.number is not None]
    assert [sale.purchase_id for sale in standing] == [some_id("purchase", "7")]


def test_sales_are_numbered_in_time_without_those_taken_back() -> None:
    said = Said()
    said.bought("3", days=30)
    said.bought("1", days=10)
    said.bought("2", days=20)
    said.cancelled("2", days=21)
    assert [(sale.number, sale.previous_at) for sale in said.sales()] == [
        (1, None),
        (None, None),
        (2, MORNING + timedelta(days=10)),
    ]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20, unique=True))
def test_what_is_usual_is_the_median_of_the_last_times_between(minutes: list[int]) -> None:
    said = Said()
    for minute in minutes:
        said.bought(f"{minute}", days=minute / 1440)
    gaps: list[timedelta] = []
    for sale in said.sales():
        last = [gap // timedelta(microseconds=1) for gap in gaps[-MOST_GAPS:]]
        expected = None if not last else round(2 * median(last))
        assert sale.usual_halves == expected
        if sale.previous_at is not None:
            gaps.append(sale.at - sale.previous_at)


@st.composite
def words(draw: st.DrawFn) -> list[SaleEvent]:
    said = Said()
    for _ in range(draw(st.integers(1, 12))):
        name = draw(st.sampled_from("abc"))
        days = draw(st.integers(0, 6))
        amount = draw(st.sampled_from(["10", "20", None]))
        match draw(st.sampled_from(["won", "bought", "back", "off"])):
            case "won":
                facts = draw(st.sampled_from([None, {"order_id": "a"}]))
                said.won(name, amount, days=days, facts=facts)
            case "bought":
                said.bought(name, amount, days=days)
            case "back":
                said.on_lead(LeadReopened, name, days=days)
            case _:
                said.cancelled(name, days=days)
    return said.events


@given(events=words(), order=st.randoms(use_true_random=False))
def test_every_win_and_order_is_in_one_sale_whatever_the_order_of_words(
    events: list[SaleEvent], order: random.Random
) -> None:
    sales = sales_of(ANNA, events, window=WINDOW)
    parts: list[UUID] = [
        part for sale in sales for part in (sale.lead_id, sale.purchase_id) if part is not None
    ]
    assert len(parts) == len(set(parts))
    assert set(parts) == {event.sale_id for event in events if event.says == "sold"}
    numbers = [sale.number for sale in sales if sale.taken_back_at is None]
    assert numbers == list(range(1, len(numbers) + 1))
    others = list(events)
    order.shuffle(others)
    assert sales_of(ANNA, others, window=WINDOW) == sales
