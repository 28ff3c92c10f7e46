"""Receipts and submissions as they are shown, and the bodies by which they are repaired."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.intake.domain.fetching import FollowUpStatus
from services.intake.domain.states import Reason, SubmissionState
from shared.contracts.inquiry import Spam
from shared.database import Row


class ReceiptOut(BaseModel):
    receipt_id: UUID
    source_id: UUID
    state: SubmissionState
    reason: Annotated[
        str | None, Field(description="One of QuarantineReason or IgnoreReason; more may follow")
    ]
    inquiry_ids: list[UUID]
    received_at: datetime


def receipt_members(row: Row) -> dict[str, Any]:
    return {
        "receipt_id": row["submission_id"],
        "source_id": row["source_id"],
        "state": row["state"],
        "reason": row["reason"],
        "inquiry_ids": row["inquiry_ids"],
        "received_at": row["received_at"],
    }


def receipt_out(row: Row) -> ReceiptOut:
    return ReceiptOut(**receipt_members(row))


class SubmissionOut(ReceiptOut):
    """`linked_to` is the first delivery under the same key, when bodies differed. Since `erased_at`
    nothing of the request is stored.
    """

    settled_at: datetime | None
    linked_to: UUID | None
    repaired_at: datetime | None
    repaired_by: str | None
    erased_at: datetime | None


class FollowUpOut(BaseModel):
    """A document that the provider keeps: `error` says why the last try was in vain."""

    name: str
    status: FollowUpStatus
    tries: int
    tried_at: datetime | None
    next_at: datetime
    error: str | None
    answer_bytes: int | None


class SubmissionDetailOut(SubmissionOut):
    """`body` as text where it is text; `body_base64` the very bytes, for admin only. Of a large
    body both are null: `…/body` gives it.
    """

    method: str
    rest: str
    query: str | None
    headers: dict[str, str]
    external_id: str | None
    body: str | None
    body_base64: str | None
    body_bytes: int
    masked: bool
    repaired_body: str | None
    overrides: dict[str, Any] | None
    follow_ups: list[FollowUpOut] = []
    spam: Spam | None = None


class RepairIn(BaseModel):
    """A replacement `body` (text), or `overrides`: parts of an inquiry laid over what is read."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str | None, Field(max_length=1_048_576)] = None
    content_type: Annotated[str | None, Field(max_length=200, pattern=r"^[\x20-\x7e]+$")] = None
    overrides: dict[str, Any] | None = None


class RenormaliseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: Literal[SubmissionState.QUARANTINED, SubmissionState.IGNORED] = (
        SubmissionState.QUARANTINED
    )
    reason: Reason | None = None
    source_id: UUID | None = None
    ids: Annotated[list[UUID] | None, Field(max_length=1000)] = None


class RenormalisedOut(BaseModel):
    """`matched` fit the filter; `queued` of them wait for the normaliser now."""

    matched: int
    queued: int
