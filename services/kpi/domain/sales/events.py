"""What events say of sales, and what all of it amounts to.

A sale is a won lead or a purchase that a shop told of; the events of one are of one stream.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.reading import aware
from shared.contracts.envelope import Event
from shared.contracts.impersonal import order_digest
from shared.contracts.inquiries import InquiryUpdated
from shared.contracts.leads import (
    ORDER_FACT,
    LeadEvent,
    LeadLost,
    LeadMerged,
    LeadOpened,
    LeadReopened,
    LeadWon,
)
from shared.contracts.one_sale import currency_of
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded

LEAD: Final = "lead"
PURCHASE: Final = "purchase"
SOLD: Final = "sold"
OFF: Final = "off"
TEST: Final = "test"
REJECTED: Final = "rejected"  # the reason of an inquiry that a person has called spam


@dataclass(frozen=True, slots=True)
class SaleEvent:
    """One thing said of a sale. `says`: sold; off, when a win or an order is taken back; or test,
    when the lead is one, so that no win of it is a sale. `known_at` is when we came to know it.
    """

    event_id: UUID
    sale_id: UUID
    kind: str
    says: str
    version: int
    known_at: datetime
    contact_id: UUID
    at: datetime
    amount: Decimal | None = None
    currency: str | None = None
    product: str | None = None
    region: str | None = None
    source_id: UUID | None = None
    order_digest: str | None = None
    manager_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SaleState:
    """A win or a purchase as the last word on it has it."""

    sale_id: UUID
    kind: str
    contact_id: UUID
    at: datetime
    amount: Decimal | None
    currency: str | None
    product: str | None
    region: str | None
    source_id: UUID | None
    order_digest: str | None
    manager_id: UUID | None
    taken_back_at: datetime | None


# Most events are of other types, which this tells at a glance.
_SAYING: Final[frozenset[type[Event]]] = frozenset(
    {
        PurchaseRecorded, PurchaseCancelled, LeadWon, LeadOpened, LeadLost, LeadReopened,
        LeadMerged,
    }
)  # fmt: skip


def sale_event_of(
    event: Event, event_id: UUID, *, version: int, known_at: datetime
) -> SaleEvent | None:
    """What an event says of a sale; None for one that says nothing."""
    if type(event) not in _SAYING:
        return None
    match event:
        case LeadOpened():
            if event.is_test:
                return _of_lead(event, TEST, event_id, version=version, known_at=known_at)
        case PurchaseRecorded() | PurchaseCancelled():
            return _of_purchase(event, event_id, version=version, known_at=known_at)
        case LeadWon():
            fact = _of_lead(event, SOLD, event_id, version=version, known_at=known_at)
            return replace(
                fact,
                amount=event.amount,
                currency=currency_of(event.currency),
                order_digest=order_digest((event.facts or {}).get(ORDER_FACT)),
                manager_id=event.manager_id,
            )
        case LeadLost() | LeadReopened() | LeadMerged():
            return _of_lead(event, OFF, event_id, version=version, known_at=known_at)
    return None


def _of_purchase(
    event: PurchaseRecorded | PurchaseCancelled,
    event_id: UUID,
    *,
    version: int,
    known_at: datetime,
) -> SaleEvent:
    fact = SaleEvent(
        event_id=event_id,
        sale_id=event.purchase_id,
        kind=PURCHASE,
        says=OFF,
        version=version,
        known_at=known_at,
        contact_id=event.contact_id,
        at=known_at,
        source_id=event.source_id,
        order_digest=order_digest(event.external_id),
    )
    if isinstance(event, PurchaseCancelled):
        return replace(fact, at=aware(event.cancelled_at))
    return replace(
        fact,
        says=SOLD,
        at=aware(event.purchased_at),
        amount=event.amount,
        currency=currency_of(event.currency),
        product=event.product or None,
        region=event.region or None,
    )


def _of_lead(
    event: LeadEvent, says: str, event_id: UUID, *, version: int, known_at: datetime
) -> SaleEvent:
    return SaleEvent(
        event_id=event_id,
        sale_id=event.lead_id,
        kind=LEAD,
        says=says,
        version=version,
        known_at=known_at,
        contact_id=event.contact_id,
        at=aware(event.at),
    )


class SpamMark(NamedTuple):
    """What a person has said of an inquiry since this version: that it is spam, or is not."""

    inquiry_id: UUID
    version: int
    known_at: datetime
    is_spam: bool


def spam_mark_of(event: Event, *, version: int, known_at: datetime) -> SpamMark | None:
    """What a correction says of an inquiry's being spam; None if it says nothing."""
    if not isinstance(event, InquiryUpdated):
        return None
    spam = event.changes.get("spam")
    if not isinstance(spam, Mapping) or not isinstance(spam.get("reasons"), list | tuple):
        return None
    return SpamMark(event.inquiry_id, version, known_at, REJECTED in spam["reasons"])


def state_of(events: Sequence[SaleEvent]) -> SaleState | None:
    """The sale after all that was said of it, in any order; None for what never was one.

    A win holds until it is taken back, and may come again. A cancelled order stays cancelled, and
    what it had been may still be told.
    """
    in_order = sorted(events, key=lambda event: event.version)
    wins = [event for event in in_order if event.says == SOLD]
    if not wins or any(event.says == TEST for event in in_order):
        return None
    last = wins[-1]
    ends = [
        event
        for event in in_order
        if event.says == OFF and (event.kind == PURCHASE or event.version > last.version)
    ]
    return SaleState(
        sale_id=last.sale_id,
        kind=last.kind,
        contact_id=last.contact_id,
        at=last.at,
        amount=last.amount,
        currency=last.currency,
        product=last.product,
        region=last.region,
        source_id=last.source_id,
        order_digest=last.order_digest,
        manager_id=last.manager_id,
        taken_back_at=ends[0].at if ends else None,
    )
