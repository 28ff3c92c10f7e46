"""Purchases: the body of `POST /v1/purchases`, and a purchase as it is shown."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.intake.schemas.inquiries import Line, Word, WrittenMoment
from shared.contracts.inquiry import Amount
from shared.database import Row
from shared.validation import MemberError


class BuyerIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Word | None = None
    company: Word | None = None
    phones: Annotated[list[Word], Field(max_length=50)] = []
    emails: Annotated[list[Word], Field(max_length=50)] = []


class PurchaseIn(BaseModel):
    """An order, or its cancellation. Without `purchased_at` it was bought when it was received."""

    model_config = ConfigDict(extra="forbid")

    source_key: Annotated[str | None, Field(pattern="^[A-Za-z0-9_-]{3,64}$")] = None
    order_id: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
    amount: Annotated[Decimal | None, Field(gt=-(10**15), lt=10**15)] = None
    currency: Annotated[str | None, Field(min_length=1, max_length=16)] = None
    purchased_at: WrittenMoment | None = None
    cancelled_at: WrittenMoment | None = None
    changed_at: WrittenMoment | None = None
    reason: Line | None = None
    product: Line | None = None
    region: Word | None = None
    contact: BuyerIn | None = None

    @model_validator(mode="after")
    def _of_somebody(self) -> "PurchaseIn":
        contact = self.contact
        if self.cancelled_at is None and not (contact and (contact.phones or contact.emails)):
            detail = "a purchase needs a phone or an address of its buyer"
            raise MemberError("contact", detail)
        return self


class PurchaseOut(BaseModel):
    purchase_id: UUID
    contact_id: UUID
    source_id: UUID
    order_id: str
    amount: Amount | None
    currency: str | None
    product: str | None
    region: str | None
    purchased_at: datetime
    cancelled_at: datetime | None
    reason: str | None


def purchase_out(row: Row) -> PurchaseOut:
    facts = row["facts"]
    return PurchaseOut(
        **{name: row[name] for name in PurchaseOut.model_fields if name in row},
        amount=facts.get("amount"),
        currency=facts.get("currency"),
        product=facts.get("product_interest"),
        region=facts.get("region"),
    )
