"""Answers stored under an Idempotency-Key: the same request again gets the same answer."""

import hashlib
from datetime import datetime

from services.routing.repository import idempotency
from shared.database import Session
from shared.errors import IdempotencyKeyReusedError


def digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


async def find_answer(session: Session, *, actor: str, key: str, request: bytes) -> str | None:
    """The answer stored under this caller's key, or None. Locks the key until the commit.

    Raises IdempotencyKeyReusedError when the key was used for another request.
    """
    answer = await idempotency.lock_answer(session, actor=actor, key=digest(key))
    if answer is None:
        return None
    if answer.request_sha256 != request:
        raise IdempotencyKeyReusedError
    return answer.answer


async def keep_answer(
    session: Session, *, actor: str, key: str, request: bytes, answer: str, now: datetime
) -> None:
    await idempotency.write_answer(
        session, actor=actor, key=digest(key), request=request, answer=answer, now=now
    )
