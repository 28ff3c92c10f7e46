"""Keeps what is searched in: takes what waits, writes documents, removes those of the erased."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.history.domain.search.documents import REPORTED, Item
from services.history.tables.search import DERIVED
from shared.database import Session
from shared.statements import columns

MOST_COUNTED = 1_000_000

# The places as an array: joined, a kept plan may go through the whole queue for every batch.
_TAKE = """
WITH taken AS (
    DELETE FROM search_queue WHERE place = ANY(ARRAY(
        SELECT place FROM search_queue ORDER BY place LIMIT :limit FOR UPDATE SKIP LOCKED))
    RETURNING document_id
)
SELECT DISTINCT document_id FROM taken
"""
_ITEMS = f"""
SELECT event_id AS document_id, kind, at, actor, lead_id, inquiry_id, contact_id, text, facts,
    CAST(NULL AS text) AS reported_kind
FROM timeline_entry WHERE event_id = ANY(CAST(:ids AS uuid[]))
UNION ALL
SELECT activity_id, '{REPORTED}', at, actor, lead_id, NULL, contact_id, text, facts, kind
FROM activity WHERE activity_id = ANY(CAST(:ids AS uuid[])) AND recorded_at IS NOT NULL
"""
_WRITE = """
INSERT INTO search_document AS d (document_id, at, subject_id, names, words)
SELECT document_id, at, subject_id,
    CAST(points AS tsvector) || to_tsvector('simple', names) || to_tsvector('russian', names),
    CAST(points AS tsvector) || CAST(tags AS tsvector)
        || to_tsvector('simple', labels) || to_tsvector('russian', words)
FROM unnest(CAST(:ids AS uuid[]), CAST(:ats AS timestamptz[]), CAST(:subjects AS uuid[]),
    CAST(:points AS text[]), CAST(:tags AS text[]), CAST(:names AS text[]),
    CAST(:labels AS text[]), CAST(:words AS text[]))
    AS n(document_id, at, subject_id, points, tags, names, labels, words)
ORDER BY document_id
ON CONFLICT (document_id) DO UPDATE SET at = excluded.at, subject_id = excluded.subject_id,
    names = excluded.names, words = excluded.words
"""
# The place says who came first; a rebuild may have millions wait.
_WAITING = """
SELECT (SELECT count(*) FROM (SELECT FROM search_queue LIMIT :most) AS q) AS number,
    coalesce((SELECT extract(epoch FROM clock_timestamp() - queued_at) FROM search_queue
        ORDER BY place LIMIT 1), 0) AS seconds
"""
_ENQUEUE = """
INSERT INTO search_queue (document_id) SELECT * FROM unnest(CAST(:ids AS uuid[]))
"""
_REMOVE = """
WITH removed AS (
    DELETE FROM search_document WHERE document_id IN (
        SELECT event_id FROM timeline_entry WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
        UNION ALL
        SELECT activity_id FROM activity WHERE contact_id = ANY(CAST(:contacts AS uuid[])))
    RETURNING 1
)
SELECT count(*) FROM removed
"""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document in folded words: `names`, `labels` (names and other words that stand for things),
    `words` (all); `points` and `tags` are the texts of tsvectors.
    """

    document_id: UUID
    at: datetime
    subject_id: UUID | None
    points: str
    tags: str
    names: str
    labels: str
    words: str


async def take(session: Session, *, limit: int) -> Sequence[UUID]:
    """Take up to `limit` of those that wait, the first ones first, out of the queue."""
    return (await session.execute(_TAKE, {"limit": limit})).scalars()


async def list_items(session: Session, ids: Collection[UUID]) -> Sequence[Item]:
    """The entries and confirmed reports of these ids; those that are gone are left out."""
    return [Item(**row) for row in await session.execute(_ITEMS, {"ids": list(ids)})]


async def write(session: Session, rows: Sequence[DocumentRow]) -> None:
    """Write the documents anew, whether they were there or not."""
    if rows:
        names = "ids ats subjects points tags names labels words"
        members = [
            (
                row.document_id, row.at, row.subject_id, row.points, row.tags, row.names,
                row.labels, row.words,
            )
            for row in rows
        ]  # fmt: skip
        await session.execute(_WRITE, columns(names, members))


async def enqueue(session: Session, ids: Collection[UUID]) -> None:
    """Have these entries or reports searched in soon."""
    if ids:
        await session.execute(_ENQUEUE, {"ids": list(ids)})


async def remove(session: Session, contact_ids: Collection[UUID]) -> int:
    """Remove what is found of these contacts, and count it. The erasure lock must be held
    exclusively, so that no document of theirs is made at the same time.
    """
    return int(await session.scalar(_REMOVE, {"contacts": list(contact_ids)}))


async def clear(session: Session) -> None:
    """Empty what a replay fills again; reports, which no replay brings, wait to be taken again."""
    await session.execute(f"TRUNCATE {', '.join(table.name for table in DERIVED)}")
    await session.execute(
        "INSERT INTO search_queue (document_id)"
        " SELECT activity_id FROM activity WHERE recorded_at IS NOT NULL"
    )


async def get_waiting(session: Session) -> tuple[int, float]:
    """How many wait to be searched in, MOST_COUNTED at most, and for how many seconds the first."""
    row = (await session.execute(_WAITING, {"most": MOST_COUNTED})).one()
    return row.number, row.seconds
