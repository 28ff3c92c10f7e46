"""Leads as answers, and the bodies of actions on them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.routing.domain.lead import MILLI, Lead
from services.routing.domain.pipelines import NextAction, Particulars
from services.routing.repository.inquiries import LeadInquiry
from services.routing.schemas.fields import Currency, Label, Money, Word, Words
from shared.contracts.inquiry import Amount
from shared.validation import MemberError
from shared.web.fields import Body
from shared.web.ranges import Moment


class LeadOut(BaseModel):
    """One lead. The lease's members are null while nobody owns it, for `parked_reason`; where
    nobody is on duty, `parked_until` is when the next shift begins. `hops` counts leases that ran
    out or were declined one after another, until the customer is reached. It keeps to
    `pipeline_version`; from `rots_at` on it is rotting, without a touch or change until then, but
    for one of people who were all erased.
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
    hops: int
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
    pipeline_version: int
    stage_since: datetime
    next_action: str | None
    next_action_at: datetime | None
    rots_at: datetime | None
    is_rotting: bool
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
    *,
    parked_until: datetime | None,
    now: datetime,
) -> dict[str, object]:
    rots_at = lead.rots_at if lead.is_worked else None
    names = set(LeadOut.model_fields)
    values = {name: getattr(lead, name) for name in Lead.__dataclass_fields__ if name in names}
    return {
        **values,
        "hops": 0 if lead.touched_at else lead.hops,
        "canonical_contact_id": lead.canonical_id,
        "inquiry_ids": [inquiry.inquiry_id for inquiry in inquiries],
        "first_touched_at": lead.touched_at,
        "work_units": lead.units_milli / MILLI,
        "sibling_ids": siblings,
        "parked_until": parked_until,
        "rots_at": rots_at,
        "is_rotting": rots_at is not None and rots_at <= now,
    }


def lead_out(
    lead: Lead,
    inquiries: list[LeadInquiry],
    siblings: list[UUID],
    *,
    parked_until: datetime | None = None,
    now: datetime,
) -> LeadOut:
    return LeadOut.model_validate(
        _members(lead, inquiries, siblings, parked_until=parked_until, now=now)
    )


def lead_detail_out(
    lead: Lead,
    inquiries: list[LeadInquiry],
    siblings: list[UUID],
    *,
    parked_until: datetime | None = None,
    now: datetime,
) -> LeadDetailOut:
    items = [
        {name: getattr(inquiry, name) for name in InquiryOut.model_fields} for inquiry in inquiries
    ]
    members = _members(lead, inquiries, siblings, parked_until=parked_until, now=now)
    return LeadDetailOut.model_validate({**members, "inquiries": items})


class NextActionPlan(Body):
    text: Words
    due_at: Moment

    def plan(self) -> NextAction:
        return NextAction(self.text, self.due_at)


class NextActionIn(Body):
    """What comes next and by when; both null: nothing is set any more."""

    text: Words | None = None
    due_at: Moment | None = None

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.text is None) != (self.due_at is None):
            raise MemberError("due_at" if self.text else "text", "text and due_at go together")
        return self

    def plan(self) -> NextAction | None:
        if self.text is None or self.due_at is None:
            return None
        return NextAction(self.text, self.due_at)


class AcceptIn(Body):
    """Where the pipeline wants it, an accepted lead has a next action."""

    next_action: NextActionPlan | None = None


class ReasonIn(Body):
    reason: Words | None = None


class ReopenIn(Body):
    reason: Words
    next_action: NextActionPlan | None = None


class _Particulars(Body):
    """`facts` are what the pipeline's terms ask for, by name."""

    facts: Annotated[dict[Word, Words], Field(max_length=20)] = Field(default_factory=dict)


class _Priced(_Particulars):
    amount: Money | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.amount is not None and self.currency is None:
            raise MemberError("currency", "an amount needs its currency")
        return self


class StageIn(_Priced):
    """The stage to enter, by default of the version that the lead keeps to. An amount is the one
    expected from now on.
    """

    stage: Word
    pipeline_version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    next_action: NextActionPlan | None = None

    def particulars(self) -> Particulars:
        return Particulars(
            facts=self.facts,
            amount=self.amount,
            currency=self.currency,
            next_action=self.next_action.plan() if self.next_action else None,
        )


class WonIn(_Priced):
    """What the customer bought for; an amount needs its currency."""

    def particulars(self) -> Particulars:
        return Particulars(facts=self.facts, amount=self.amount, currency=self.currency)


class LostIn(_Particulars):
    loss_reason: Label

    def particulars(self) -> Particulars:
        return Particulars(facts=self.facts)


class ReassignIn(Body):
    manager_id: UUID
    reason: Words | None = None
