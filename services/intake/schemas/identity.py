"""Bodies and responses of proposals, merges, splits and shared points."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.intake.schemas.contacts import ContactDetailOut, PointOut
from services.intake.schemas.inquiries import InquiryOut
from shared.text import LINES, Text
from shared.web.pagination import Page
from shared.web.ranges import Moment

MAX_SPLIT = 200  # contacts named by one split


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NoBody(_Body):
    """Nothing is asked for but the call itself."""


class ProposalOut(BaseModel):
    """Two contacts that one inquiry named by `points`: `cards` are what is known of both."""

    proposal_id: UUID
    state: str
    cards: list[ContactDetailOut]
    points: list[str]
    inquiry: InquiryOut | None
    inquiry_id: UUID | None
    source_id: UUID | None
    created_at: datetime
    settled_at: datetime | None
    settled_by: str | None


class ProposalPage(Page[ProposalOut]):
    """`dropped`: proposals left out, because too many of their source's others were open."""

    dropped: int


class SplitIn(_Body):
    """`contact_ids` become one new person, out of the one they are part of."""

    contact_ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_SPLIT)]
    reason: Annotated[str | None, Field(max_length=500), LINES] = None


class RelinkOut(BaseModel):
    contact_id: UUID
    canonical_id: UUID


class SplitOut(BaseModel):
    """The result of a split or of an undone merge: `undone` merges no longer stand, and each of
    `relinked` has another canonical contact.
    """

    batch_id: UUID
    undone: int
    relinked: list[RelinkOut]


class MergeOut(BaseModel):
    """`loser_id` became `winner_id`: by an inquiry of a source, or by a supervisor."""

    merge_id: UUID
    batch_id: UUID
    loser_id: UUID
    winner_id: UUID
    reason: str
    inquiry_id: UUID | None
    source_id: UUID | None
    at: datetime
    undone_at: datetime | None
    undone_by: str | None
    undone_reason: str | None


class UndoMergesIn(_Body):
    """Whatever inquiries of the source joined from `from` to before `to`."""

    source_id: UUID
    since: Annotated[Moment, Field(alias="from")]
    until: Annotated[Moment, Field(alias="to")]
    dry_run: bool = False


class UndoneMergesOut(BaseModel):
    """`matched` batches stood, `undone` of them no longer do; call again while any `remain`."""

    matched: int
    undone: int
    relinked: int
    remaining: int
    dry_run: bool


class ContactPointIn(_Body):
    """`shared`: true joins nobody by it, false always does, null lets the inquiries decide."""

    kind: Literal["phone", "email"]
    value: Annotated[Text, Field(min_length=3, max_length=254)]
    shared: bool | None


class ContactPointOut(PointOut):
    contact_id: UUID | None
