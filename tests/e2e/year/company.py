"""Three years of an invented company, the same for everybody who asks: who came, bought, paid.

All happens at noon of UTC between the 1st and the 28th, so that any zone has it on one day.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.support.event_streams import some_id

MONTHS = 36  # before this one; a season is believed when it was seen twice
SEASON = (6, 6, 8, 10, 12, 12, 10, 10, 12, 10, 8, 6)  # leads a month, from January
WINDOWS, DOORS, NETS = "Окна", "Двери", "Сетки"
MOSCOW, TULA = "Москва", "Тула"
CHECKS = {WINDOWS: 60_000, DOORS: 25_000}
SPENDERS = ("yandex", "vk")
SUBSCRIBERS = 6  # buy nets each month, by themselves


@dataclass(slots=True)
class Lead:
    """A person who asked once; `order` is set if the lead was won."""

    name: str
    at: datetime
    manager: str
    region: str
    product: str
    channel: str
    ad_channel: str
    order: "Order | None" = None

    @property
    def lead_id(self) -> str:
        return str(some_id("lead", self.name))

    @property
    def month(self) -> date:
        return self.at.date().replace(day=1)

    @property
    def closed_at(self) -> datetime:
        return self.at + timedelta(hours=2)


@dataclass(slots=True)
class Order:
    """What a person bought; `lead` if a manager has sold it."""

    order_id: str
    phone: str
    at: datetime
    amount: Decimal
    product: str
    region: str
    lead: Lead | None = None
    origin: Lead | None = None  # how the person had come within three months before
    is_cancelled: bool = False

    @property
    def month(self) -> date:
        return self.at.date().replace(day=1)

    @property
    def manager(self) -> str:
        return self.lead.manager if self.lead else ""

    @property
    def channel(self) -> str:
        return self.origin.channel if self.origin else ""

    @property
    def ad_channel(self) -> str:
        return self.origin.ad_channel if self.origin else ""


def month_before(month: date, number: int) -> date:
    """The first day of the month so many before (after, if negative)."""
    place = month.year * 12 + month.month - 1 - number
    return date(place // 12, place % 12 + 1, 1)


def at_noon(month: date, day: int) -> datetime:
    return datetime(month.year, month.month, day, 12, tzinfo=UTC)


@dataclass(eq=False)
class Company:
    """`month` is the first day of the present one: whatever was, was before it."""

    month: date
    seed: int = 7
    leads: list[Lead] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    spend: dict[tuple[date, str], Decimal] = field(default_factory=dict)  # by month and channel

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        for age in range(MONTHS, 0, -1):
            self._live(month_before(self.month, age), age)

    def _live(self, month: date, age: int) -> None:
        for number in range(SEASON[month.month - 1]):
            self._lead(month, number)
        for number in range(SUBSCRIBERS):
            self._order(f"net-{age}-{number}", f"+7911000{number:04d}", at_noon(month, 10),
                        Decimal(990), NETS, TULA)  # fmt: skip
        for channel in SPENDERS:
            came = sum(lead.ad_channel == channel for lead in self.leads if lead.month == month)
            # Four times as much is spent for twice as many.
            self.spend[month, channel] = Decimal(1_000 * max(came, 1) ** 2)

    def _lead(self, month: date, number: int) -> None:
        dice = self.dice
        lead = Lead(
            name=f"{month:%Y-%m}-{number}",
            at=at_noon(month, 1 + number * 2),
            manager=("Анна", "Борис")[number % 2],
            region=MOSCOW if dice.random() < 0.6 else TULA,
            product=WINDOWS if dice.random() < 0.7 else DOORS,
            channel=("form", "call")[dice.randrange(2)],
            ad_channel=dice.choice([*SPENDERS, ""]),
        )
        self.leads.append(lead)
        if number >= 2 and dice.random() < 0.5:  # both managers sell something each month
            return
        phone = phone_of(lead)
        amount = CHECKS[lead.product] + Decimal(dice.randrange(2_000_000)) / 100
        order = self._order(lead.name, phone, lead.closed_at, amount, lead.product, lead.region)
        lead.order, order.lead, order.origin = order, lead, lead
        if dice.random() < 0.5:
            # Who has windows comes back for nets, in the month after.
            later = at_noon(month_before(month, -1), 1 + number * 2)
            if later.date() < self.month:
                again = self._order(
                    f"{lead.name}-n", phone, later, Decimal(4_500), NETS, lead.region
                )
                again.origin = lead

    def _order(self, *members: Any) -> Order:
        order = Order(*members)
        self.orders.append(order)
        return order

    @cached_property
    def first_month(self) -> date:
        return month_before(self.month, MONTHS)


def phone_of(lead: Lead) -> str:
    year, month, rest = lead.name.split("-")
    return f"+79{year[2:]}{month}{int(rest):05d}"
