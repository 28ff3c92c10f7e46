"""Inquiries: the body of `POST /v1/inquiries`, its receipt, and an inquiry as it is shown.

Unknown fields of a body are refused by name.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from shared.contracts.inquiry import Inquiry
from shared.database import Row
from shared.web.ranges import Moment as AnyMoment

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _in_reason(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("the moment is out of reason")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_reason)]  # strict models take no number
WrittenMoment = Annotated[AnyMoment, AfterValidator(_in_reason)]
Word = Annotated[str, Field(max_length=500)]
Line = Annotated[str, Field(max_length=4000)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Seconds = Annotated[int, Field(ge=0, le=10_000_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=False)


class ContactIn(_Strict):
    name: Word | None = None
    first_name: Word | None = None
    last_name: Word | None = None
    middle_name: Word | None = None
    company: Word | None = None
    phones: Annotated[list[Word], Field(max_length=50, default_factory=list)]
    emails: Annotated[list[Word], Field(max_length=50, default_factory=list)]
    other: Annotated[dict[Word, Line], Field(max_length=50, default_factory=dict)]


class CallIn(_Strict):
    direction: Literal["incoming", "outgoing", "internal"] | None = None
    outcome: Literal["answered", "missed", "busy", "failed", "voicemail"] | None = None
    from_: Annotated[Word | None, Field(alias="from")] = None
    to: Word | None = None
    line: Word | None = None
    started_at: Moment | None = None
    answered_at: Moment | None = None
    ended_at: Moment | None = None
    wait_seconds: Seconds | None = None
    talk_seconds: Seconds | None = None
    employee: Word | None = None
    recording_url: Line | None = None
    provider_call_id: Word | None = None


class CampaignIn(_Strict):
    utm_source: Line | None = None
    utm_medium: Line | None = None
    utm_campaign: Line | None = None
    utm_term: Line | None = None
    utm_content: Line | None = None
    click_ids: Annotated[dict[Word, Line], Field(max_length=50, default_factory=dict)]
    page_url: Line | None = None
    referrer: Line | None = None
    form_id: Word | None = None
    form_name: Word | None = None
    ad: Annotated[dict[Word, Any], Field(default_factory=dict)]


class ConsentIn(_Strict):
    """`text_digest`: SHA-256 in hex of the text that was shown; `ip` of the person who agreed."""

    given: bool | None = None
    text_version: Word | None = None
    at: Moment | None = None
    text_digest: Digest | None = None
    purpose: Annotated[str | None, Field(min_length=1, max_length=60)] = None
    page_url: Line | None = None
    ip: Annotated[str | None, Field(min_length=2, max_length=60)] = None


class InquiryIn(_Strict):
    """One inquiry in the product's own words; only `channel` is required."""

    channel: Literal["call", "form", "email", "chat", "import"]
    source_key: Annotated[str | None, Field(pattern="^[A-Za-z0-9_-]{3,64}$")] = None
    external_id: Word | None = None
    occurred_at: Moment | None = None
    priority_class: Literal["high", "normal", "low"] | None = None
    is_test: bool | None = None
    language: Word | None = None
    contact: ContactIn | None = None
    subject: Line | None = None
    text: Annotated[str | None, Field(max_length=200_000)] = None
    call: CallIn | None = None
    campaign: CampaignIn | None = None
    region: Word | None = None
    city: Word | None = None
    product_interest: Line | None = None
    amount: Annotated[Decimal | None, Field(gt=-(10**15), lt=10**15)] = None
    currency: Annotated[str | None, Field(min_length=1, max_length=16)] = None
    fields: Annotated[dict[str, Any] | None, Field(max_length=500)] = None
    consent: ConsentIn | None = None


class AcceptedOut(BaseModel):
    """The receipt of a stored inquiry; `duplicate` when this delivery was known already."""

    receipt_id: str
    duplicate: bool


class InquiryOut(Inquiry):
    submission_id: UUID


def inquiry_out(row: Row) -> InquiryOut:
    return InquiryOut.model_validate({**row["content"], "submission_id": row["submission_id"]})
