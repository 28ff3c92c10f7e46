"""The block-list, the texts of the last day, and what was set aside as spam."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from services.intake.domain.spam import BlockedPoint
from shared.contracts.inquiry import Spam
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.ids import new_id
from shared.statements import columns

# As few as tell that several people sent a text: a wave of spam has thousands of them.
_SENDERS = 4
_KNOWN = f"""
WITH said AS (
    INSERT INTO text_sighting (text_digest, person_digest, seen_at)
    SELECT * FROM unnest(CAST(:texts AS bytea[]), CAST(:people AS bytea[]),
        CAST(:times AS timestamptz[])) AS n(text_digest, person_digest, seen_at)
    ORDER BY text_digest, person_digest
    ON CONFLICT DO NOTHING
)
SELECT b.kind, b.value, CAST(NULL AS bytea) AS text_digest, CAST(NULL AS bytea) AS person_digest
FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) AS n(kind, value)
JOIN blocked_point AS b USING (kind, value)
UNION ALL SELECT kind, value, NULL, NULL FROM blocked_point WHERE kind = 'word'
UNION ALL SELECT NULL, NULL, n.text_digest, s.person_digest
FROM (SELECT DISTINCT unnest(CAST(:texts AS bytea[])) AS text_digest) AS n
CROSS JOIN LATERAL (SELECT person_digest FROM text_sighting AS t
    WHERE t.text_digest = n.text_digest AND t.seen_at > CAST(:since AS timestamptz)
    LIMIT {_SENDERS}) AS s
"""
_ADD_SUSPICIONS = """
INSERT INTO suspicion (submission_id, score, reasons, kinds, named)
SELECT submission_id, score, string_to_array(reasons, chr(31)), string_to_array(kinds, chr(31)),
    string_to_array(named, chr(31))
FROM unnest(CAST(:ids AS uuid[]), CAST(:scores AS float8[]), CAST(:reasons AS text[]),
    CAST(:kinds AS text[]), CAST(:values AS text[]))
    AS n(submission_id, score, reasons, kinds, named)
ON CONFLICT (submission_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons,
    kinds = excluded.kinds, named = excluded.named
"""
_SUSPICION = "SELECT * FROM suspicion WHERE submission_id = :id"
_BLOCK = """
INSERT INTO blocked_point (blocked_id, kind, value, since, by, submission_id)
SELECT blocked_id, kind, value, CAST(:now AS timestamptz), CAST(:by AS text),
    CAST(:submission_id AS uuid)
FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:values AS text[]))
    AS n(blocked_id, kind, value)
ORDER BY kind, value
ON CONFLICT (kind, value) DO NOTHING
"""
_GET = "SELECT * FROM blocked_point WHERE kind = :kind AND value = :value"
_LIST = """
SELECT * FROM blocked_point
WHERE (CAST(:kind AS text) IS NULL OR kind = :kind)
    AND (CAST(:submission_id AS uuid) IS NULL OR submission_id = :submission_id)
    AND (CAST(:after AS uuid) IS NULL OR blocked_id < :after)
ORDER BY blocked_id DESC LIMIT :limit
"""
_UNBLOCK = "DELETE FROM blocked_point WHERE blocked_id = :id RETURNING blocked_id"
_UNLEARN = "DELETE FROM blocked_point WHERE submission_id = :id"
_COUNT = "SELECT count(*) FROM blocked_point WHERE kind = :kind"
# Points of customers: of somebody with another inquiry that nobody has rejected, or of many people.
_CUSTOMERS = """
SELECT kind, value FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) AS n(kind, value)
JOIN contact_point AS p USING (kind, value)
LEFT JOIN contact AS c ON c.contact_id = p.contact_id
WHERE coalesce(p.shared, cardinality(p.people) > :alone) OR EXISTS (
    SELECT FROM contact AS m JOIN inquiry AS i ON i.contact_id = m.contact_id
    WHERE m.canonical_id = c.canonical_id
        AND i.inquiry_id IS DISTINCT FROM CAST(:inquiry_id AS uuid)
        AND coalesce(i.content ->> 'is_test', 'false') <> 'true'
        AND NOT coalesce(CAST(i.content -> 'spam' -> 'reasons' AS jsonb) ? :rejected, false))
"""
_FORGET: Final = (
    """DELETE FROM text_sighting WHERE (text_digest, person_digest) IN (
        SELECT text_digest, person_digest FROM text_sighting
        WHERE seen_at < CAST(:now AS timestamptz) - interval '1 day' LIMIT :limit)""",
    """DELETE FROM recent_words WHERE (source_id, words_digest) IN (
        SELECT source_id, words_digest FROM recent_words
        WHERE expires_at < CAST(:now AS timestamptz) - interval '1 day' LIMIT :limit)""",
)

# The digests of a text and of who sent it, and when it came.
Sighting = tuple[bytes, bytes, datetime]


@dataclass(frozen=True, slots=True)
class SpamMemory:
    """What is blocked of a batch, all blocked words, and who sent each of its texts before."""

    blocked: frozenset[BlockedPoint] = frozenset()
    words: tuple[str, ...] = ()
    senders: dict[bytes, set[bytes]] = field(default_factory=dict)


async def find_known(
    session: Session,
    points: Collection[BlockedPoint],
    sightings: Collection[Sighting],
    *,
    since: datetime,
) -> SpamMemory:
    """Look the points up, and remember who sent which text; `senders` are those since then."""
    params = {
        **columns("kinds values", points),
        **columns("texts people times", sightings),
        "since": since,
    }
    blocked, words, senders = set[BlockedPoint](), list[str](), dict[bytes, set[bytes]]()
    for row in await session.execute(_KNOWN, params):
        if row.kind is None:
            senders.setdefault(bytes(row.text_digest), set()).add(bytes(row.person_digest))
        elif row.kind == "word":
            words.append(row.value)
        else:
            blocked.add(BlockedPoint(row.kind, row.value))
    return SpamMemory(frozenset(blocked), tuple(words), senders)


# A submission, its verdict and what a rejection would block.
Suspicion = tuple[UUID, Spam, Sequence[BlockedPoint]]


async def add_suspicions(session: Session, suspicions: Iterable[Suspicion]) -> None:
    values = [
        (
            *(submission_id, spam.score, "\x1f".join(spam.reasons)),
            "\x1f".join(point.kind for point in points),
            "\x1f".join(point.value for point in points),
        )
        for submission_id, spam, points in suspicions
    ]
    await session.execute(_ADD_SUSPICIONS, columns("ids scores reasons kinds values", values))


async def find_suspicion(
    session: Session, submission_id: UUID
) -> tuple[Spam, list[BlockedPoint]] | None:
    """Why the submission was set aside, and what its rejection would block."""
    row = (await session.execute(_SUSPICION, {"id": submission_id})).first()
    if row is None:
        return None
    points = [BlockedPoint(*pair) for pair in zip(row["kinds"], row["named"], strict=True)]
    return Spam(score=row["score"], reasons=tuple(row["reasons"])), points


async def find_customers_points(
    session: Session,
    points: Sequence[BlockedPoint],
    *,
    inquiry_id: UUID | None,
    rejected: str,
    alone: int,
) -> set[BlockedPoint]:
    """Those of the points whose owner has another inquiry that counts, or that many people give.

    A point is of many when more than `alone` different people have given it.
    """
    params = {**columns("kinds values", points), "inquiry_id": inquiry_id, "rejected": rejected}
    rows = await session.execute(_CUSTOMERS, {**params, "alone": alone})
    return {BlockedPoint(row.kind, row.value) for row in rows}


async def block_points(
    session: Session,
    points: Iterable[BlockedPoint],
    *,
    submission_id: UUID | None,
    by: str,
    now: datetime,
) -> None:
    """Block the points; one that is blocked already stays as it is."""
    values = [(new_id(), *point) for point in points]
    params = {"submission_id": submission_id, "by": by, "now": now}
    await session.execute(_BLOCK, {**columns("ids kinds values", values), **params})


async def get_blocked(session: Session, point: BlockedPoint) -> Row:
    return (await session.execute(_GET, point._asdict())).one()


async def count_blocked(session: Session, kind: str) -> int:
    return int(await session.scalar(_COUNT, {"kind": kind}))


async def list_blocked(
    session: Session,
    *,
    kind: str | None,
    submission_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[Row]:
    """The latest first, one more than `limit`."""
    params = {"kind": kind, "submission_id": submission_id, "after": after, "limit": limit + 1}
    return await session.execute(_LIST, params)


async def unblock(session: Session, blocked_id: UUID) -> None:
    """Raises NotFoundError."""
    if (await session.execute(_UNBLOCK, {"id": blocked_id})).first() is None:
        raise NotFoundError("Nothing is blocked under this id.")


async def unlearn(session: Session, submission_id: UUID) -> None:
    """Take back what was learned from a submission."""
    await session.execute(_UNLEARN, {"id": submission_id})


async def forget(session: Session, *, now: datetime, limit: int) -> None:
    """Delete some of what is older than anything looks at."""
    for statement in _FORGET:
        await session.execute(statement, {"now": now, "limit": limit})
