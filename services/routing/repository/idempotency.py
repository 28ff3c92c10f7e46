"""Answers stored under a digest of the caller's idempotency key."""

from dataclasses import dataclass
from datetime import datetime

from shared.database import Session

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(:actor || encode(:key, 'hex'), 0))"
_READ = """
SELECT request_sha256, CAST(answer AS text) AS answer FROM idempotent_answer
WHERE actor = :actor AND key_sha256 = :key
"""
_WRITE = """
INSERT INTO idempotent_answer (actor, key_sha256, request_sha256, answer, at)
VALUES (:actor, :key, :request, CAST(:answer AS json), :now)
"""
_FORGET = "DELETE FROM idempotent_answer WHERE at < :before"


@dataclass(frozen=True, slots=True)
class Answer:
    request_sha256: bytes
    answer: str


async def lock_answer(session: Session, *, actor: str, key: bytes) -> Answer | None:
    """The answer stored under this key, if any. Locks the key until the commit."""
    await session.execute(_LOCK, {"actor": actor, "key": key})
    row = (await session.execute(_READ, {"actor": actor, "key": key})).first()
    return None if row is None else Answer(bytes(row.request_sha256), row.answer)


async def write_answer(
    session: Session, *, actor: str, key: bytes, request: bytes, answer: str, now: datetime
) -> None:
    params = {"actor": actor, "key": key, "request": request, "answer": answer, "now": now}
    await session.execute(_WRITE, params)


async def forget_answers(session: Session, *, before: datetime) -> None:
    """Delete answers older than `before`."""
    await session.execute(_FORGET, {"before": before})
