"""Takes what waits to be sealed, and writes links, seals and days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from services.history.domain.chains import BEGINNING, COMPANY, FORM, Link, digest_of
from services.history.repository.chain.digests import PARTS, PERSONAL
from shared.database import Session
from shared.ids import random_bytes
from shared.statements import columns

# What a replay wrote again has its link already.
_TAKE = """
WITH taken AS (
    DELETE FROM unsealed WHERE place IN (SELECT place FROM unsealed ORDER BY place LIMIT :limit)
    RETURNING place, event_id)
SELECT taken.event_id, link.number IS NULL AS is_new FROM taken LEFT JOIN LATERAL (
    SELECT number FROM chain_link WHERE chain_link.event_id = taken.event_id OFFSET 0
) AS link ON true
ORDER BY place
"""
_DIGESTS = f"""
WITH wanted AS MATERIALIZED (
    SELECT place, event_id, salt
    FROM unnest(CAST(:ids AS uuid[]), CAST(:salts AS bytea[])) WITH ORDINALITY
        AS n(event_id, salt, place)
), parts AS ({PARTS})
SELECT event_id, subject_id, open_digest,
    CASE WHEN NOT is_impersonal THEN {PERSONAL} END AS personal,
    CASE WHEN NOT is_impersonal THEN salt END AS salt
FROM parts
ORDER BY place
"""
_HEADS = """
SELECT s.subject, head.* FROM unnest(CAST(:subjects AS uuid[])) AS s(subject) CROSS JOIN LATERAL (
    SELECT number, event_id, digest, hash FROM chain_link WHERE chain_link.subject = s.subject
    ORDER BY number DESC LIMIT 1) AS head
"""
_ADD_LINKS = """
INSERT INTO chain_link (subject, number, event_id, form, digest, personal, salt, hash, seal)
SELECT subject, number, event_id, CAST(:form AS smallint), digest, personal, salt, hash,
    CAST(:seal AS bigint)
FROM unnest(CAST(:subjects AS uuid[]), CAST(:numbers AS bigint[]), CAST(:ids AS uuid[]),
    CAST(:digests AS bytea[]), CAST(:personals AS bytea[]), CAST(:salts AS bytea[]),
    CAST(:hashes AS bytea[])) AS n(subject, number, event_id, digest, personal, salt, hash)
"""
_LAST = """
SELECT (SELECT max(number) FROM seal) AS number, (SELECT max(day) FROM chain_day) AS closed,
    (SELECT day FROM seal ORDER BY number DESC LIMIT 1) AS day
"""
_ADD_SEAL = """
INSERT INTO seal (number, day, sealed_at, links, root) VALUES (:number, :day, :at, :links, :root)
"""
_LAST_DAY = "SELECT last_seal, hash FROM chain_day ORDER BY day DESC LIMIT 1"
_ENDED_DAY = """
SELECT day FROM seal WHERE number > :after AND day < :today ORDER BY number LIMIT 1
"""
_SEALS_OF = """
SELECT number, links, root FROM seal WHERE number > :after AND day = :day ORDER BY number
"""
_ADD_DAY = """
INSERT INTO chain_day (day, first_seal, last_seal, links, root, hash, closed_at)
VALUES (:day, :first, :last, :links, :root, :hash, :at)
"""


class Digest(NamedTuple):
    """What seals an entry: the subject of its chain, and its digest, in which `personal` is."""

    event_id: UUID
    subject: UUID
    digest: bytes
    personal: bytes | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class Last:
    """The last seal, with its day, and the last day that was closed."""

    number: int | None
    day: date | None
    closed: date | None


@dataclass(frozen=True, slots=True)
class SealRow:
    number: int
    links: int
    root: bytes


async def is_anything_unsealed(session: Session) -> bool:
    return bool(await session.scalar("SELECT EXISTS (SELECT FROM unsealed)"))


async def take_unsealed(session: Session, *, limit: int) -> tuple[list[UUID], int]:
    """Take the first ids out of the queue: those without a link, and how many there were in all."""
    rows = await session.execute(_TAKE, {"limit": limit})
    return list(dict.fromkeys(event_id for event_id, is_new in rows if is_new)), len(rows)


async def get_digests(session: Session, event_ids: Sequence[UUID]) -> list[Digest]:
    """Those of the entries and activities that are there, salted anew, in the order of the ids."""
    params = {"ids": event_ids, "salts": [random_bytes() for _ in event_ids]}
    return [
        Digest(event_id, subject or COMPANY, digest_of(open_part, personal), personal, salt)
        for event_id, subject, open_part, personal, salt in await session.execute(_DIGESTS, params)
    ]


async def get_heads(session: Session, subjects: Collection[UUID]) -> dict[UUID, Link]:
    """The last link of each of these subjects that has any."""
    rows = await session.execute(_HEADS, {"subjects": list(subjects)})
    return {row.subject: Link(**row) for row in rows}


async def add_links(
    session: Session, links: Sequence[Link], digests: Sequence[Digest], *, seal: int
) -> None:
    """Add links, each beside its digest. Fails when somebody else has added one in its place."""
    names = "subjects numbers ids digests personals salts hashes"
    rows = [
        (
            *(link.subject, link.number, link.event_id, link.digest),
            *(digest.personal, digest.salt, link.hash),
        )
        for link, digest in zip(links, digests, strict=True)
    ]
    await session.execute(_ADD_LINKS, {**columns(names, rows), "form": FORM, "seal": seal})


async def get_last(session: Session) -> Last:
    return Last(**(await session.execute(_LAST)).one())


async def add_seal(session: Session, seal: SealRow, *, day: date, now: datetime) -> None:
    params = {"number": seal.number, "links": seal.links, "root": seal.root}
    await session.execute(_ADD_SEAL, {**params, "day": day, "at": now})


async def find_ended_day(
    session: Session, *, today: date
) -> tuple[date, Sequence[SealRow], bytes] | None:
    """The first day before today that has seals and no root: with these, and the hash of the day
    before it.
    """
    last = (await session.execute(_LAST_DAY)).first()
    after, before = (last.last_seal, last.hash) if last else (0, BEGINNING)
    day = await session.scalar(_ENDED_DAY, {"after": after, "today": today})
    if day is None:
        return None
    rows = await session.execute(_SEALS_OF, {"after": after, "day": day})
    return day, [SealRow(**row) for row in rows], before


async def add_day(
    session: Session,
    day: date,
    seals: Sequence[SealRow],
    *,
    root: bytes,
    day_hash: bytes,
    now: datetime,
) -> None:
    await session.execute(
        _ADD_DAY,
        {
            "day": day,
            "first": seals[0].number,
            "last": seals[-1].number,
            "links": sum(seal.links for seal in seals),
            "root": root,
            "hash": day_hash,
            "at": now,
        },
    )
