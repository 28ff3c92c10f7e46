"""Responses for people and services: receipts, submissions, inquiries, contacts."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.intake.domain.shared_points import is_shared
from shared.contracts.inquiry import ContactDetails, Inquiry
from shared.database import Row


class Receipt(BaseModel):
    receipt_id: UUID
    source_id: UUID
    state: str
    reason: str | None
    inquiry_ids: list[UUID]
    received_at: datetime


class SubmissionListed(Receipt):
    """`linked_to` is the first delivery under the same key, when bodies differed."""

    settled_at: datetime | None
    linked_to: UUID | None
    repaired_at: datetime | None
    repaired_by: str | None


class SubmissionWhole(SubmissionListed):
    """`body` as text where it is text; `body_base64` the very bytes, for admin only."""

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


class RepairBody(BaseModel):
    """A replacement `body` (text), or `overrides`: parts of an inquiry laid over what is read."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str | None, Field(max_length=1_048_576)] = None
    content_type: Annotated[str | None, Field(max_length=200, pattern=r"^[\x20-\x7e]+$")] = None
    overrides: dict[str, Any] | None = None


class RenormaliseBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: Literal["quarantined", "ignored"] = "quarantined"
    reason: Annotated[str | None, Field(max_length=100, pattern="^[a-z_]+$")] = None
    source_id: UUID | None = None
    ids: Annotated[list[UUID] | None, Field(max_length=1000)] = None


class Renormalised(BaseModel):
    """`matched` fit the filter; `queued` of them wait for the normaliser now."""

    matched: int
    queued: int


class InquiryShown(Inquiry):
    submission_id: UUID


class ContactPointShown(BaseModel):
    """`shared`: many people give it, so it joins nobody; `people`: how many were told apart."""

    kind: str
    value: str
    shared: bool
    people: int


def point_shown(row: Row) -> ContactPointShown:
    return ContactPointShown(
        kind=row["kind"],
        value=row["value"],
        shared=is_shared(row["people"], verdict=row["shared"]),
        people=len(row["people"]),
    )


class ContactListed(BaseModel):
    """`canonical_id` is the contact's own id unless it was merged into another."""

    contact_id: UUID
    canonical_id: UUID
    created_at: datetime
    changed_at: datetime
    details: ContactDetails


class ContactShown(ContactListed):
    """`merged_ids` are the other contact ids of the same person."""

    merged_ids: list[UUID]
    points: list[ContactPointShown]


class StateCounts(BaseModel):
    received: int
    pending: int
    normalised: int
    quarantined: int
    ignored: int
    difference: int
    oldest_pending_seconds: float


class InquiryCounts(BaseModel):
    """Inquiries promised on receipts and kept as rows: the same ones."""

    promised: int
    kept: int
    difference: int
    missing: list[UUID]
    surplus: list[UUID]
    minutes: list[datetime]


class ServiceCompared(BaseModel):
    """Up to 50 ids of each kind. `unexamined` minutes differ too and are left to later rounds."""

    state: str
    difference: int | None
    missing: list[UUID]
    surplus: list[UUID]
    doubled: list[UUID]
    minutes: list[datetime]
    unexamined: int


class Reconciliation(BaseModel):
    """Promise by promise: `difference` is 0 when everything is where it must be, once.

    `complete` tells whether all services could be asked; `whole` whether all time was looked at.
    """

    computed_at: datetime
    balanced: bool
    complete: bool
    whole: bool
    difference: int
    submissions: StateCounts
    inquiries: InquiryCounts
    services: dict[str, ServiceCompared]
