"""What intake emits about inquiries."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Event
from shared.contracts.inquiry import Call, Inquiry


class _OnInquiries(Event):
    TOPIC: ClassVar[str] = "inquiries"
    KEY: ClassVar[str] = "contact_id"

    contact_id: UUID


class InquiryReceived(Inquiry, _OnInquiries):
    """A normalised inquiry, and what its source wants done with it."""

    TYPE: ClassVar[str] = "inquiry.received.v1"

    submission_id: UUID | None = None
    source_key: str | None = None
    pool: str | None = None
    pipeline: str | None = None


class InquiryUpdated(_OnInquiries):
    """Late facts and corrections: `changes` holds the changed top-level members of the inquiry."""

    TYPE: ClassVar[str] = "inquiry.updated.v1"

    inquiry_id: UUID
    changed_at: datetime
    changes: dict[str, Any] = Field(default_factory=dict)


class CallObserved(_OnInquiries):
    """An outgoing or internal call that the exchange reported; it opens no inquiry."""

    TYPE: ClassVar[str] = "call.observed.v1"

    observation_id: UUID
    source_id: UUID
    external_id: str | None = None
    occurred_at: datetime
    received_at: datetime
    call: Call
