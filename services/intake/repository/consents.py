"""Consents and refusals as rows, each of the contact it was recorded for."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select, tuple_

from services.intake.domain.consents import ADVERTISING
from services.intake.tables import contact_consent, contact_refusal, inquiry
from shared.contracts.contacts import ConsentRecorded
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.statements import among, columns

# An array of arrays would have to be as wide everywhere, so channels pass as one text.
_ADD: Final = """
INSERT INTO contact_consent (consent_id, contact_id, given, purpose, channels, text_version,
    text_digest, page_url, ip, at, recorded_at, inquiry_id, by)
SELECT consent_id, contact_id, given, purpose, string_to_array(channels, ' '), text_version,
    text_digest, page_url, ip, at, recorded_at, inquiry_id, by
FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:given AS boolean[]),
    CAST(:purposes AS text[]), CAST(:channels AS text[]), CAST(:versions AS text[]),
    CAST(:digests AS text[]), CAST(:pages AS text[]), CAST(:ips AS text[]),
    CAST(:ats AS timestamptz[]), CAST(:recorded AS timestamptz[]), CAST(:inquiries AS uuid[]),
    CAST(:bys AS text[]))
    AS n(consent_id, contact_id, given, purpose, channels, text_version, text_digest, page_url,
        ip, at, recorded_at, inquiry_id, by)
ON CONFLICT (consent_id) DO NOTHING
"""
_LIFT_OTHERS: Final = """
DELETE FROM contact_refusal
WHERE contact_id = :contact_id AND channel <> ALL(CAST(:channels AS text[]))
"""
_REFUSE: Final = """
INSERT INTO contact_refusal (contact_id, channel, at, by, reason)
SELECT :contact_id, channel, :at, :by, :reason FROM unnest(CAST(:channels AS text[])) AS n(channel)
ON CONFLICT DO NOTHING
"""

# A consent, and when it was recorded.
DatedConsent = tuple[ConsentRecorded, datetime]


async def add_consents(session: Session, records: Sequence[DatedConsent]) -> None:
    """Write those that have an id, each once."""
    rows = [
        (
            *(item.consent_id, item.contact_id, item.given, item.purpose),
            *(" ".join(item.channels), item.text_version, item.text_digest, item.page_url),
            *(item.ip, item.at, recorded_at, item.inquiry_id, item.by),
        )
        for item, recorded_at in records
        if item.consent_id is not None
    ]
    names = (
        "ids contacts given purposes channels versions digests pages ips ats recorded inquiries bys"
    )
    await session.execute(_ADD, columns(names, rows))


_CONSENTS = select(contact_consent, inquiry.c.source_id).select_from(
    contact_consent.outerjoin(inquiry, inquiry.c.inquiry_id == contact_consent.c.inquiry_id)
)


async def list_consents(
    session: Session,
    contact_ids: Collection[UUID],
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """The latest first, one more than `limit`; `source_id` is that of the inquiry."""
    place = tuple_(contact_consent.c.at, contact_consent.c.consent_id)
    query = _CONSENTS.where(among(contact_consent.c.contact_id, contact_ids))
    if after is not None:
        query = query.where(place < after)
    return await session.execute(query.order_by(place.desc()).limit(limit + 1))


async def list_advertising(session: Session, contact_ids: Collection[UUID]) -> list[Row]:
    """Consents to advertising, or to every use, and their withdrawals."""
    columns_ = contact_consent.c
    purposes = [purpose for purpose in ADVERTISING if purpose is not None]
    query = select(columns_.contact_id, columns_.at, columns_.given, columns_.channels).where(
        among(columns_.contact_id, contact_ids),
        or_(columns_.purpose.is_(None), columns_.purpose.in_(purposes)),
    )
    return await session.execute(query)


async def get_consent(session: Session, consent_id: UUID) -> Row:
    """Raises NotFoundError."""
    query = _CONSENTS.where(contact_consent.c.consent_id == consent_id)
    row = (await session.execute(query)).first()
    if row is None:
        raise NotFoundError("There is no such consent.")
    return row


async def list_refusals(session: Session, contact_ids: Collection[UUID]) -> list[Row]:
    """By channel, the oldest first."""
    columns_ = contact_refusal.c
    query = select(contact_refusal).where(among(columns_.contact_id, contact_ids))
    return await session.execute(query.order_by(columns_.channel, columns_.at, columns_.contact_id))


async def write_refusals(
    session: Session,
    contact_id: UUID,
    channels: Collection[str],
    *,
    at: datetime,
    by: str,
    reason: str | None,
) -> None:
    """Make these the refused channels of the contact; who refused one before stays named."""
    params = {"contact_id": contact_id, "channels": sorted(channels)}
    await session.execute(_LIFT_OTHERS, params)
    await session.execute(_REFUSE, {**params, "at": at, "by": by, "reason": reason})
