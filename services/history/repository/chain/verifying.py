"""Reads links beside their entries, to compare them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.history.domain.chains import Link, SealedEntry, digest_of
from services.history.repository.chain.digests import PARTS, PERSONAL
from services.history.repository.chain.sealing import SealRow
from shared.database import Rows, Session
from shared.statements import columns

_LINK = "subject, number, event_id, digest, personal, salt, hash"
_OF_SUBJECTS = f"""
SELECT link.* FROM unnest(CAST(:subjects AS uuid[])) AS s(subject) CROSS JOIN LATERAL (
    SELECT {_LINK} FROM chain_link WHERE chain_link.subject = s.subject
        AND (chain_link.subject, number) > (CAST(:after AS uuid), CAST(:number AS bigint))
    ORDER BY number LIMIT :limit) AS link
ORDER BY subject, number LIMIT :limit
"""
_OF_SEAL = (
    f"SELECT {_LINK} FROM chain_link WHERE seal = :seal ORDER BY subject, number LIMIT :limit"
)
# A link that has lost its salt belongs to blanked words: none may be there, and its own digest of
# them is taken for them. With words there, or with words gone that it salts, another digest comes
# out.
_ACTUAL = f"""
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:salts AS bytea[]), CAST(:personals AS bytea[]))
        AS n(event_id, salt, personal)
), parts AS ({PARTS})
SELECT event_id, open_digest,
    CASE WHEN NOT is_impersonal THEN {PERSONAL} WHEN salt IS NULL THEN personal END AS personal
FROM parts
"""
_LINKS_AT = """
SELECT subject, number, event_id, digest, hash
FROM unnest(CAST(:subjects AS uuid[]), CAST(:numbers AS bigint[])) AS p(subject, number)
JOIN chain_link USING (subject, number)
"""
# Of these there are none but what came in the last seconds, unless somebody added some.
_UNSEALED_OF = """
WITH entry AS MATERIALIZED (
    SELECT event_id, coalesce(lead_id, contact_id) AS subject FROM (
        SELECT event_id, lead_id, contact_id FROM timeline_entry
        WHERE lead_id = ANY(CAST(:subjects AS uuid[]))
        UNION ALL
        SELECT event_id, lead_id, contact_id FROM timeline_entry
        WHERE contact_id = ANY(CAST(:subjects AS uuid[])) AND lead_id IS NULL
        UNION ALL
        SELECT activity_id, lead_id, contact_id FROM activity
        WHERE lead_id = ANY(CAST(:subjects AS uuid[])) AND recorded_at IS NOT NULL
        UNION ALL
        SELECT activity_id, lead_id, contact_id FROM activity
        WHERE contact_id = ANY(CAST(:subjects AS uuid[])) AND lead_id IS NULL
            AND recorded_at IS NOT NULL
    ) AS e WHERE NOT EXISTS (SELECT FROM chain_link WHERE chain_link.event_id = e.event_id)
    ORDER BY event_id LIMIT :limit
)
SELECT event_id, subject, event_id IN (SELECT event_id FROM unsealed) AS is_waiting FROM entry
ORDER BY event_id
"""
_DAY = "SELECT day, first_seal, last_seal, links, root, hash, closed_at FROM chain_day"
_GET_DAY = f"{_DAY} WHERE day = :day"
_BEFORE = f"{_DAY} WHERE day < :day ORDER BY day DESC LIMIT :limit"
_SEALS = """
SELECT number, links, root FROM seal WHERE number BETWEEN :first AND :last
ORDER BY number LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class DayRoot:
    """A closed day: its seals, its root, and the hash that pins it with all days before it."""

    day: date
    first_seal: int
    last_seal: int
    links: int
    root: bytes
    hash: bytes
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Unsealed:
    """An entry without a link; it waits for one, or nobody has seen it coming."""

    event_id: UUID
    subject: UUID
    is_waiting: bool


async def list_sealed(
    session: Session, subjects: Collection[UUID], *, after: tuple[UUID, int], limit: int
) -> list[SealedEntry]:
    """Up to `limit` links of these chains behind `after`, by subject and number, with entries."""
    subject, number = after
    params = {"subjects": list(subjects), "after": subject, "number": number, "limit": limit}
    return await _with_entries(session, await session.execute(_OF_SUBJECTS, params))


async def list_sealed_by(session: Session, *, seal: int, limit: int) -> list[SealedEntry]:
    """Up to `limit` links that were sealed together, by subject and number, with their entries."""
    params = {"seal": seal, "limit": limit}
    return await _with_entries(session, await session.execute(_OF_SEAL, params))


async def _with_entries(session: Session, rows: Rows) -> list[SealedEntry]:
    params = columns(
        "ids salts personals", [(row.event_id, row.salt, row.personal) for row in rows]
    )
    actual = {
        part.event_id: digest_of(part.open_digest, part.personal)
        for part in await session.execute(_ACTUAL, params)
    }
    return [
        SealedEntry(
            Link(row.subject, row.number, row.event_id, row.digest, row.hash),
            actual.get(row.event_id),
        )
        for row in rows
    ]


async def find_links_before(session: Session, entries: Sequence[SealedEntry]) -> dict[UUID, Link]:
    """Of each subject that does not begin here, the link before its first one, if there is one."""
    first: dict[UUID, int] = {}
    for item in entries:
        first.setdefault(item.link.subject, item.link.number)
    places = [(subject, number - 1) for subject, number in first.items() if number > 1]
    rows = await session.execute(_LINKS_AT, columns("subjects numbers", places))
    return {row.subject: Link(**row) for row in rows}


async def list_unsealed(
    session: Session, subjects: Collection[UUID], *, limit: int
) -> list[Unsealed]:
    params = {"subjects": list(subjects), "limit": limit}
    return [Unsealed(**row) for row in await session.execute(_UNSEALED_OF, params)]


async def find_day(session: Session, day: date) -> DayRoot | None:
    row = (await session.execute(_GET_DAY, {"day": day})).first()
    return DayRoot(**row) if row else None


async def list_days(session: Session, *, before: date, limit: int) -> list[DayRoot]:
    """Up to `limit` closed days before this one, the latest first."""
    rows = await session.execute(_BEFORE, {"day": before, "limit": limit})
    return [DayRoot(**row) for row in rows]


async def list_seals(session: Session, *, first: int, last: int, limit: int) -> list[SealRow]:
    """Up to `limit` seals from the first to the last number."""
    rows = await session.execute(_SEALS, {"first": first, "last": last, "limit": limit})
    return [SealRow(**row) for row in rows]
