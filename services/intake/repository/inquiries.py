"""Normalised inquiries as rows: written once, never changed, with the content of their event."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from services.intake.tables import inquiry
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.statements import among


@dataclass(frozen=True, slots=True)
class InquiryFilter:
    """Conditions on inquiries; None is no condition, `until` is exclusive."""

    source_id: UUID | None = None
    channel: str | None = None
    contact_ids: Sequence[UUID] | None = None
    since: datetime | None = None
    until: datetime | None = None


async def get_inquiry(session: Session, inquiry_id: UUID) -> Row:
    """Raises NotFoundError."""
    query = select(inquiry).where(inquiry.c.inquiry_id == inquiry_id)
    row = (await session.execute(query)).first()
    if row is None:
        raise NotFoundError("There is no such inquiry.")
    return row


async def find_inquiries(session: Session, inquiry_ids: Collection[UUID]) -> dict[UUID, Row]:
    query = select(inquiry).where(among(inquiry.c.inquiry_id, inquiry_ids))
    return {row["inquiry_id"]: row for row in await session.execute(query)}


async def list_inquiries(
    session: Session,
    criteria: InquiryFilter,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """The latest received first, one more than `limit`."""
    place = tuple_(inquiry.c.received_at, inquiry.c.inquiry_id)
    conditions: list[Any] = []
    if after is not None:
        conditions.append(place < after)
    if criteria.source_id is not None:
        conditions.append(inquiry.c.source_id == criteria.source_id)
    if criteria.channel is not None:
        conditions.append(inquiry.c.channel == criteria.channel)
    if criteria.contact_ids is not None:
        conditions.append(among(inquiry.c.contact_id, criteria.contact_ids))
    if criteria.since is not None:
        conditions.append(inquiry.c.received_at >= criteria.since)
    if criteria.until is not None:
        conditions.append(inquiry.c.received_at < criteria.until)
    query = select(inquiry).where(*conditions).order_by(place.desc()).limit(limit + 1)
    return await session.execute(query)
