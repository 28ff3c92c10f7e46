"""Leads as answers, and the bodies of actions on them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, model_validator

from services.routing.domain.lead import MILLI, Lead
from services.routing.repository.inquiries import LeadInquiry
from services.routing.schemas.fields import Body, Currency, Money, Word, Words
from shared.contracts.inquiry import Amount


class LeadOut(BaseModel):
    """One lead. The lease's members are null while nobody owns it, for `parked_reason`; where
    nobody is on duty, `parked_until` is when the next shift begins.
    """

    lead_id: UUID
    contact_id: UUID
    canonical_contact_id: UUID
    inquiry_ids: list[UUID]
    pool: str
    pipeline: str
    stage: str
    state: str
    owner_id: UUID | None
    epoch: int
    round: int
    assigned_at: datetime | None
    accept_by: datetime | None
    first_touch_by: datetime | None
    accepted_at: datetime | None
    first_touched_at: datetime | None
    priority_class: str
    work_units: float
    version: int
    channel: str
    source_id: UUID
    language: str | None
    region: str | None
    product: str | None
    expected_amount: Amount | None
    expected_currency: str | None
    is_test: bool
    received_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    amount: Amount | None
    currency: str | None
    loss_reason: str | None
    parked_reason: str | None
    parked_until: datetime | None
    merged_into: UUID | None
    sibling_ids: list[UUID]


class InquiryOut(BaseModel):
    """What routing stores of an inquiry; its content is in intake and history."""

    inquiry_id: UUID
    contact_id: UUID
    source_id: UUID
    channel: str
    priority_class: str
    language: str | None
    is_test: bool
    received_at: datetime


class LeadDetailOut(LeadOut):
    inquiries: list[InquiryOut]


def _members(
    lead: Lead,
    inquiries: list[LeadInquiry],
    siblings: list[UUID],
    parked_until: datetime | None,
) -> dict[str, object]:
    names = set(LeadOut.model_fields)
    values = {name: getattr(lead, name) for name in Lead.__dataclass_fields__ if name in names}
    return {
        **values,
        "canonical_contact_id": lead.canonical_id,
        "inquiry_ids": [inquiry.inquiry_id for inquiry in inquiries],
        "first_touched_at": lead.touched_at,
        "work_units": lead.units_milli / MILLI,
        "sibling_ids": siblings,
        "parked_until": parked_until,
    }


def lead_out(
    lead: Lead,
    inquiries: list[LeadInquiry],
    siblings: list[UUID],
    *,
    parked_until: datetime | None = None,
) -> LeadOut:
    return LeadOut.model_validate(_members(lead, inquiries, siblings, parked_until))


def lead_detail_out(
    lead: Lead,
    inquiries: list[LeadInquiry],
    siblings: list[UUID],
    *,
    parked_until: datetime | None = None,
) -> LeadDetailOut:
    items = [
        {name: getattr(inquiry, name) for name in InquiryOut.model_fields} for inquiry in inquiries
    ]
    return LeadDetailOut.model_validate(
        {**_members(lead, inquiries, siblings, parked_until), "inquiries": items}
    )


class AcceptIn(Body):
    pass


class ReasonIn(Body):
    reason: Words | None = None


class StageIn(Body):
    stage: Word


class WonIn(Body):
    """What the customer bought for; an amount needs its currency."""

    amount: Money | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.amount is not None and self.currency is None:
            raise ValueError("an amount needs its currency")
        return self


class LostIn(Body):
    loss_reason: Words


class ReassignIn(Body):
    manager_id: UUID
    reason: Words | None = None
