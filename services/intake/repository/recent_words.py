"""What was said lately, of sources with a window for repeats: the first submission with its words.

Invariant: while a row has not expired, later submissions with the same words leave it as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.database import Session
from shared.statements import columns

_HOLD = """
INSERT INTO recent_words AS r (source_id, words_digest, submission_id, received_at, expires_at)
SELECT source_id, words_digest, submission_id, received_at, expires_at
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:submissions AS uuid[]),
    CAST(:times AS timestamptz[]), CAST(:ends AS timestamptz[]))
    AS n(source_id, words_digest, submission_id, received_at, expires_at)
ORDER BY source_id, words_digest
ON CONFLICT (source_id, words_digest) DO UPDATE SET submission_id = excluded.submission_id,
    received_at = excluded.received_at, expires_at = excluded.expires_at
WHERE r.expires_at < excluded.received_at
"""
_HOLDERS = """
SELECT r.source_id, r.words_digest, r.submission_id, r.received_at,
    coalesce(s.inquiry_ids, '{}') AS inquiry_ids
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[])) AS n(source_id, words_digest)
JOIN recent_words AS r USING (source_id, words_digest)
LEFT JOIN submission AS s ON s.submission_id = r.submission_id
"""

# A source and the digest of what was said to it.
WordsKey = tuple[UUID, bytes]


@dataclass(frozen=True, slots=True)
class WordsHolder:
    """The first to say something; `inquiry_ids` are empty until it is settled."""

    submission_id: UUID
    received_at: datetime
    inquiry_ids: tuple[UUID, ...] = ()


async def hold_words(
    session: Session, words: Sequence[tuple[WordsKey, WordsHolder, timedelta]]
) -> dict[WordsKey, WordsHolder]:
    """Hold the words for those who say them first, each for its window; key → who holds them."""
    names = "sources digests submissions times ends"
    values = [
        (*key, one.submission_id, one.received_at, one.received_at + window)
        for key, one, window in words
    ]
    await session.execute(_HOLD, columns(names, values))
    rows = await session.execute(_HOLDERS, columns("sources digests", [key for key, _, _ in words]))
    return {
        (row.source_id, bytes(row.words_digest)): WordsHolder(
            row.submission_id, row.received_at, tuple(row.inquiry_ids)
        )
        for row in rows
    }
