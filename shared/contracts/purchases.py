"""What intake emits about orders from shops and accounting systems: the repeat-sale fact."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event
from shared.contracts.inquiry import Amount


class _OnPurchases(Event):
    TOPIC: ClassVar[str] = "purchases"
    KEY: ClassVar[str] = "contact_id"

    contact_id: UUID
    purchase_id: UUID
    source_id: UUID | None = None
    external_id: str | None = None


class PurchaseRecorded(_OnPurchases):
    """A purchase, or what is known of it now: of those with one `purchase_id` the latest counts."""

    TYPE: ClassVar[str] = "purchase.recorded.v1"

    amount: Amount | None = None
    currency: str | None = None
    product: str | None = None
    region: str | None = None
    purchased_at: datetime


class PurchaseCancelled(_OnPurchases):
    """The purchase is off; nothing is said of it after this."""

    TYPE: ClassVar[str] = "purchase.cancelled.v1"

    cancelled_at: datetime
    reason: str | None = None
