"""What is found, as it is shown."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from services.history.use_cases.search.finding import Excerpt, Hit
from shared.web.pagination import Page


class PieceOut(BaseModel):
    """A stretch of text; `match`: it is what was searched for. Plain text, never markup."""

    text: str
    match: bool


class ExcerptOut(BaseModel):
    """`label`: name, company, subject, phone, email, campaign, page, product, region, reason,
    next_action, attachment, fields or text.
    """

    label: str
    pieces: list[PieceOut]

    @classmethod
    def of(cls, excerpt: Excerpt) -> Self:
        pieces = [PieceOut(text=piece.text, match=piece.is_match) for piece in excerpt.pieces]
        return cls(label=excerpt.label, pieces=pieces)


class HitOut(BaseModel):
    """An entry or a report that was found. `by_name`: by a name, a company, a subject, a phone, an
    address or a foreign id; such ones come first. `alike`: nothing has the words themselves.
    """

    activity_id: UUID
    kind: str
    channel: str | None
    at: datetime
    actor: str
    lead_id: UUID | None
    contact_id: UUID | None
    inquiry_id: UUID | None
    by_name: bool
    alike: bool
    excerpts: list[ExcerptOut]

    @classmethod
    def of(cls, hit: Hit) -> Self:
        item = hit.item
        return cls(
            activity_id=item.document_id,
            kind=item.kind,
            channel=item.channel,
            at=item.at,
            actor=item.actor,
            lead_id=item.lead_id,
            contact_id=item.contact_id,
            inquiry_id=item.inquiry_id,
            by_name=hit.place.rank == 0,
            alike=hit.place.is_alike,
            excerpts=[ExcerptOut.of(excerpt) for excerpt in hit.excerpts],
        )


class HitPage(Page[HitOut]):
    """A page of what was found."""
