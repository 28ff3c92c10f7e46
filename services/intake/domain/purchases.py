"""An order as its reports tell it: recorded once, corrected until it is cancelled, cancelled once.

Invariant: a report that comes again, or is older than what is known, changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from shared.contracts.inquiry import InquiryContent
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded

# What a source can say of an order: places of a mapping or a table below `purchase.`.
PLACES: Final = (
    *("order_id", "amount", "currency", "product", "purchased_at", "cancelled_at", "changed_at"),
    "reason",
)
PURCHASE_CHANNEL: Final = "purchase"
_LONGEST_ORDER_ID: Final = 500
_FACTS: Final = ("amount", "currency", "product_interest", "region")


@dataclass(frozen=True, slots=True)
class PurchaseReport:
    """What a source says about an order. `draft` holds the buyer, what was bought, and as
    `occurred_at` when; without that it is no purchase yet. `is_dated`: the source says when.
    """

    order_id: str
    draft: InquiryContent
    cancelled_at: datetime | None = None
    reason: str | None = None
    changed_at: datetime | None = None
    is_dated: bool = True


@dataclass(frozen=True, slots=True)
class PurchaseState:
    """What is known of an order; `contact_id` is the buyer's at birth, None until it is recorded.

    `facts` are amount (as text), currency, product and region, those that are known.
    """

    purchase_id: UUID
    source_id: UUID
    order_id: str
    contact_id: UUID | None = None
    purchased_at: datetime | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    changed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reason: str | None = None


def purchase_id(source_id: UUID, order_id: str) -> UUID:
    """The id of a source's order, the same whatever tells of it."""
    return uuid5(source_id, f"purchase:{order_id}")


def new_state(source_id: UUID, order_id: str) -> PurchaseState:
    return PurchaseState(purchase_id(source_id, order_id), source_id, order_id[:_LONGEST_ORDER_ID])


def after_report(state: PurchaseState, report: PurchaseReport) -> PurchaseState:
    """The state after a report; the same one if it says nothing new.

    A cancelled order stays so, and stays as it was; only what it had been may still be told.
    """
    is_late = _is_before(report.changed_at, state.changed_at)
    is_closed = is_late or state.cancelled_at is not None
    changed_at = state.changed_at if is_late else report.changed_at or state.changed_at
    if report.draft.occurred_at is not None and (state.purchased_at is None or not is_closed):
        earlier = None if report.is_dated else state.purchased_at
        state = replace(
            state,
            purchased_at=earlier or report.draft.occurred_at,
            facts={**state.facts, **facts_of(report.draft)},
            changed_at=changed_at,
        )
    if report.cancelled_at is not None and state.cancelled_at is None:
        state = replace(
            state,
            cancelled_at=report.cancelled_at,
            reason=report.reason,
            changed_at=changed_at,
        )
    return state


def _is_before(first: datetime | None, second: datetime | None) -> bool:
    return first is not None and second is not None and first < second


def facts_of(draft: InquiryContent) -> Mapping[str, str]:
    """What the draft knows of the order, as it is stored."""
    return _stored({name: getattr(draft, name) for name in _FACTS})


def _stored(members: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
        for name, value in members.items()
        if value is not None
    }


def after_event(
    event: PurchaseRecorded | PurchaseCancelled, before: PurchaseState | None
) -> PurchaseState | None:
    """The state that an event of ours tells, over what earlier ones told; None if it names no order
    of a source.
    """
    if event.source_id is None or event.external_id is None:
        return before
    state = before or PurchaseState(event.purchase_id, event.source_id, event.external_id)
    state = replace(state, contact_id=event.contact_id)
    if isinstance(event, PurchaseCancelled):
        return replace(state, cancelled_at=event.cancelled_at, reason=event.reason)
    members = {
        "amount": event.amount,
        "currency": event.currency,
        "product_interest": event.product,
        "region": event.region,
    }
    return replace(state, purchased_at=event.purchased_at, facts=_stored(members))
