"""The same request sent again under one Idempotency-Key gets the same answer, and works once."""

import hashlib
from datetime import datetime

from services.routing.repository import idempotency
from services.routing.use_cases.errors import ReusedKeyError
from shared.database import Session


def digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


async def answered(session: Session, *, actor: str, key: str, request: bytes) -> str | None:
    """The answer this caller's key already got, or None; others with this key wait for our commit.

    Raises ReusedKeyError when the key came with another request.
    """
    found = await idempotency.lock_answer(session, actor=actor, key=digest(key))
    if found is None:
        return None
    if found.request_sha256 != request:
        raise ReusedKeyError("This Idempotency-Key was used for another request.")
    return found.answer


async def keep_answer(
    session: Session, *, actor: str, key: str, request: bytes, answer: str, now: datetime
) -> None:
    await idempotency.write_answer(
        session, actor=actor, key=digest(key), request=request, answer=answer, now=now
    )
