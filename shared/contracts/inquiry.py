"""The normalised inquiry: what every channel's submission becomes, and what travels in events.
Whatever is unknown or was erased is null or empty, so that old examples still decode.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

# A number in JSON, exact in Python: senders write 1500.50 and expect to read a number back.
Amount = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class Part(BaseModel):
    """A frozen piece of the published language: readers ignore fields they do not know."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True
    )


class Mentioned(Part):
    """Numbers and addresses that were found, not given as the sender's own: never identifying."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


class ContactDetails(Part):
    """How the customer named themselves; phones in E.164, e-mails in lower case.

    `extensions`: phone → the digits to dial after it; such a number is a shared line.
    """

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    company: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    extensions: Mapping[str, str] = Field(default_factory=dict)
    other: Mapping[str, str] = Field(default_factory=dict)
    mentioned: Mentioned = Field(default_factory=Mentioned)


class Call(Part):
    """One telephone call: waiting and talking in seconds, the employee as the exchange sent it."""

    direction: str | None = None
    outcome: str | None = None
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    line: str | None = None
    started_at: AwareDatetime | None = None
    answered_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    wait_seconds: int | None = None
    talk_seconds: int | None = None
    employee: str | None = None
    recording_url: str | None = None
    provider_call_id: str | None = None


class Campaign(Part):
    """Where the customer came from."""

    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    click_ids: Mapping[str, str] = Field(default_factory=dict)
    page_url: str | None = None
    referrer: str | None = None
    form_id: str | None = None
    form_name: str | None = None
    ad: Mapping[str, Any] = Field(default_factory=dict)


class Consent(Part):
    """`text_digest`: SHA-256 in hex of the text that was shown. `ip`: from where it was given."""

    given: bool | None = None
    text_version: str | None = None
    at: AwareDatetime | None = None
    text_digest: str | None = None
    purpose: str | None = None
    page_url: str | None = None
    ip: str | None = None


class Spam(Part):
    """A score from 0 (clean) to 1, with the reasons that made it."""

    score: float = 0.0
    reasons: tuple[str, ...] = ()


class Attachment(Part):
    """A file that came with an inquiry; without an id it was not kept, for the `refused` reason."""

    attachment_id: UUID | None = None
    name: str | None = None
    media_type: str | None = None
    size_bytes: int | None = None
    refused: str | None = None


class InquiryContent(Part):
    """What a source sends about an inquiry, before ids and the time of receipt are known."""

    channel: str
    external_id: str | None = None
    occurred_at: AwareDatetime | None = None
    priority_class: str = "normal"
    is_test: bool = False
    language: str | None = None
    contact: ContactDetails = Field(default_factory=ContactDetails)
    subject: str | None = None
    text: str | None = None
    call: Call | None = None
    campaign: Campaign = Field(default_factory=Campaign)
    region: str | None = None
    city: str | None = None
    product_interest: str | None = None
    amount: Amount | None = None
    currency: str | None = None
    fields: Mapping[str, Any] = Field(default_factory=dict)
    consent: Consent | None = None
    spam: Spam = Field(default_factory=Spam)
    attachments: tuple[Attachment, ...] = ()


class Inquiry(InquiryContent):
    """One approach by a customer; `contact_id` is the contact at birth and never changes.

    `answers_inquiry_id`: the earlier inquiry whose mail this one answers.
    """

    inquiry_id: UUID
    contact_id: UUID
    source_id: UUID
    received_at: AwareDatetime
    is_repeat: bool = False
    answers_inquiry_id: UUID | None = None


def moment(inquiry: Inquiry) -> datetime:
    """When it happened: the provider's time, else the time of receipt."""
    return inquiry.occurred_at or inquiry.received_at
