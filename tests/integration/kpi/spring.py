"""A spring of advertising whose figures are known: who came by what, bought what, for how much."""

from typing import Any
from uuid import UUID

from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiry import Campaign
from shared.contracts.leads import LeadReopened, LeadWon
from shared.contracts.managers import ManagerChanged
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded
from tests.integration.kpi.week import ANNA
from tests.support.event_streams import EventStreams, some_id

SPRING = Campaign(utm_source="Yandex", utm_campaign="Spring")
BRAND = Campaign(utm_source="google", utm_campaign="brand")
SHOP = some_id("source", "shop")


def person(number: int) -> UUID:
    return some_id("contact", number)


def won(streams: EventStreams, name: str, contact: UUID, amount: float | None, **more: Any) -> UUID:
    lead = some_id("lead", name)
    members = {"manager_id": ANNA, "amount": amount, "currency": "RUB", **more}
    streams.on_lead(LeadWon, lead, contact, **members)
    return lead


def bought(streams: EventStreams, order: str, contact: UUID, amount: float, **more: Any) -> UUID:
    purchase_id = some_id("purchase", order)
    members = {"currency": "RUB", "purchased_at": streams.at, "source_id": SHOP, **more}
    streams.emit(
        PurchaseRecorded(
            contact_id=contact,
            purchase_id=purchase_id,
            external_id=order,
            amount=amount,
            **members,
        )
    )
    return purchase_id


def cancelled(streams: EventStreams, order: str, contact: UUID) -> None:
    streams.emit(
        PurchaseCancelled(
            contact_id=contact,
            purchase_id=some_id("purchase", order),
            external_id=order,
            cancelled_at=streams.at,
        )
    )


def joined(streams: EventStreams, contact: UUID, canonical: UUID) -> None:
    streams.emit(
        ContactRelinked(
            contact_id=contact,
            canonical_id=canonical,
            batch_id=some_id("batch", streams.at),
            reason="phone",
            relinked_at=streams.at,
        )
    )


def reopened(streams: EventStreams, name: str, contact: UUID) -> None:
    streams.on_lead(LeadReopened, some_id("lead", name), contact, closed_as="won")


def a_spring() -> EventStreams:
    """Person 0 came by a campaign, wrote again directly and was won, for the order `7`; later buys
    `8`. Person 1 came by another campaign and buys in two currencies. Person 2 only asked.
    """
    streams = EventStreams()
    streams.emit(
        ManagerChanged(
            manager_id=ANNA, changed_at=streams.at, name="Anna", capacity=5, time_zone="UTC"
        )
    )
    first = streams.inquiry("a1", contact=person(0), campaign=SPRING, region="Tula")
    streams.opened("a", inquiry=first, contact=person(0))
    streams.inquiry("a2", contact=person(0), is_repeat=True)
    won(streams, "a", person(0), 100)
    bought(streams, "7", person(0), 100)
    bought(streams, "8", person(0), 50, region="Omsk")
    streams.inquiry("b1", contact=person(1), campaign=BRAND)
    bought(streams, "9", person(1), 10)
    bought(streams, "10", person(1), 5, currency="USD")
    streams.inquiry("c1", contact=person(2), campaign=SPRING)
    streams.inquiry("test", contact=person(3), campaign=SPRING, is_test=True)
    return streams
