"""Renormalisations as they are asked for and shown."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.intake.domain.renormalising import DifferenceKind, RenormalisationState
from services.intake.schemas.inquiries import WrittenMoment
from shared.database import Row
from shared.text import Text


class RenormalisationIn(BaseModel):
    """Which settled submissions are read again: those received from `from` to before `to`, of one
    source (key or id), of the sources of one adapter, or of all.
    """

    model_config = ConfigDict(extra="forbid")

    since: Annotated[WrittenMoment, Field(alias="from")]
    until: Annotated[WrittenMoment, Field(alias="to")]
    source: Annotated[Text | None, Field(min_length=3, max_length=64)] = None
    adapter: Annotated[Text | None, Field(min_length=1, max_length=100)] = None
    dry_run: bool = True


class RenormalisationOut(BaseModel):
    """`submissions_to_review` differ in what is never changed by itself: in contact points, in the
    consent, or in how many inquiries they give. `submissions_unread` could not be read now.
    """

    renormalisation_id: UUID
    state: RenormalisationState
    dry_run: bool
    source_id: UUID | None
    adapter: str | None
    since: Annotated[datetime, Field(serialization_alias="from")]
    until: Annotated[datetime, Field(serialization_alias="to")]
    submissions_done: int
    inquiries_changed: int
    submissions_revived: int
    submissions_to_review: int
    submissions_unread: int
    created_at: datetime
    created_by: str
    ended_at: datetime | None


class DifferenceOut(BaseModel):
    """`path`: a place in the inquiry, empty for the inquiry as a whole. In earnest `changed` is
    applied, and a submission that is `new` is normalised; `needs_review` is left to people.
    """

    submission_id: UUID
    inquiry_id: UUID | None
    kind: DifferenceKind
    path: str
    before: Any
    after: Any


def renormalisation_out(row: Row) -> RenormalisationOut:
    return RenormalisationOut(**{name: row[name] for name in RenormalisationOut.model_fields})


def difference_out(row: Row) -> DifferenceOut:
    return DifferenceOut(**{name: row[name] for name in DifferenceOut.model_fields})
