"""Normalised inquiries as rows: written once, never changed, with the content of their event."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from services.intake.tables import inquiry
from shared.database import Row, Session
from shared.statements import among


async def find_inquiry(session: Session, inquiry_id: UUID) -> Row | None:
    query = select(inquiry).where(inquiry.c.inquiry_id == inquiry_id)
    return (await session.execute(query)).first()


async def find_inquiries(session: Session, inquiry_ids: Collection[UUID]) -> dict[UUID, Row]:
    query = select(inquiry).where(among(inquiry.c.inquiry_id, inquiry_ids))
    return {row["inquiry_id"]: row for row in await session.execute(query)}


async def inquiries_page(
    session: Session,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
    source_id: UUID | None = None,
    channel: str | None = None,
    contact_ids: Sequence[UUID] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Row]:
    """Youngest first, one more than `limit`."""
    place = tuple_(inquiry.c.received_at, inquiry.c.inquiry_id)
    conditions: list[Any] = []
    if after is not None:
        conditions.append(place < after)
    if source_id is not None:
        conditions.append(inquiry.c.source_id == source_id)
    if channel is not None:
        conditions.append(inquiry.c.channel == channel)
    if contact_ids is not None:
        conditions.append(among(inquiry.c.contact_id, contact_ids))
    if since is not None:
        conditions.append(inquiry.c.received_at >= since)
    if until is not None:
        conditions.append(inquiry.c.received_at < until)
    query = select(inquiry).where(*conditions).order_by(place.desc()).limit(limit + 1)
    return await session.execute(query)
