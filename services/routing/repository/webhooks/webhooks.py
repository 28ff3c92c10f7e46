"""Webhooks as rows.

Invariant: secrets and headers are encrypted in the table, each bound to its row and column.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, insert, select, update

from services.routing.tables.webhooks import webhook
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.sealing import SealedError, Sealing
from shared.statements import among

log = structlog.get_logger()
_SEALED = ("headers", "secret", "previous_secret")
_NOTE_SUCCESS = """
UPDATE webhook SET failures = 0, failing_since = NULL, resting_until = NULL, last_success_at = :now
WHERE webhook_id = :webhook_id AND (failing_since IS NOT NULL OR last_success_at IS NULL
    OR last_success_at < CAST(:now AS timestamptz) - interval '1 minute')
RETURNING old.failing_since
"""
_NOTE_FAILURE = """
UPDATE webhook SET failures = failures + 1, failing_since = coalesce(failing_since, :now),
    resting_until = greatest(resting_until, CAST(:resting_until AS timestamptz))
WHERE webhook_id = :webhook_id RETURNING failing_since
"""
_SWITCH_OFF = """
UPDATE webhook SET active = false, disabled_reason = :reason, changed_at = :now
WHERE webhook_id = :webhook_id AND active RETURNING 1
"""
_COUNT_BY_STATE = """
SELECT CASE WHEN disabled_reason IS NOT NULL THEN 'disabled' WHEN NOT active THEN 'off'
    WHEN failing_since IS NOT NULL THEN 'failing' ELSE 'well' END AS state, count(*) AS number
FROM webhook GROUP BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A receiver; empty `types` and `pools` are all. Not `readable` if it was sealed with a key
    that this process does not have.
    """

    webhook_id: UUID
    name: str
    url: str
    types: Sequence[str]
    pools: Sequence[str]
    headers: Mapping[str, str] = field(repr=False)
    secret: str = field(repr=False)
    previous_secret: str | None = field(default=None, repr=False)
    previous_until: datetime | None = None
    active: bool
    disabled_reason: str | None = None
    cursor: int
    failures: int = 0
    failing_since: datetime | None = None
    resting_until: datetime | None = None
    last_success_at: datetime | None = None
    created_at: datetime
    changed_at: datetime
    readable: bool = True

    def secrets(self, *, now: datetime) -> Sequence[str]:
        """Those that sign at present, the newest first."""
        if self.previous_secret and self.previous_until and now < self.previous_until:
            return (self.secret, self.previous_secret)
        return (self.secret,)


def no_such_webhook() -> NotFoundError:
    return NotFoundError("There is no such webhook.")


async def list_webhooks(session: Session, *, before: UUID | None, limit: int) -> list[Webhook]:
    """Newest id first, one more than `limit`."""
    query = select(webhook).order_by(webhook.c.webhook_id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(webhook.c.webhook_id < before)
    return [_webhook(row, session.sealing) for row in await session.execute(query)]


async def list_active(session: Session) -> list[Webhook]:
    query = select(webhook).where(webhook.c.active).order_by(webhook.c.webhook_id)
    rows = await session.execute(query)
    return [_webhook(row, session.sealing) for row in rows] if rows else []


async def list_by_id(session: Session, webhook_ids: Sequence[UUID]) -> dict[UUID, Webhook]:
    query = select(webhook).where(among(webhook.c.webhook_id, webhook_ids))
    return {row.webhook_id: _webhook(row, session.sealing) for row in await session.execute(query)}


async def get_webhook(session: Session, webhook_id: UUID, *, lock: bool = False) -> Webhook:
    """Raises NotFoundError."""
    query = select(webhook).where(webhook.c.webhook_id == webhook_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise no_such_webhook()
    return _webhook(row, session.sealing)


async def lock_untidy(session: Session, *, now: datetime) -> list[Webhook]:
    """Lock all. Returns those with a former secret beyond its overlap, or sealed by an old key."""
    query = select(webhook).order_by(webhook.c.webhook_id).with_for_update()
    untidy = []
    for row in await session.execute(query):
        item = _webhook(row, session.sealing)
        outlived = item.previous_until is not None and item.previous_until <= now
        current = all(session.sealing.is_current(row[name]) for name in _SEALED if row[name])
        if item.readable and (outlived or not current):
            untidy.append(item)
    return untidy


async def count_webhooks(session: Session) -> int:
    number: int = await session.scalar("SELECT count(*) FROM webhook")
    return number


async def count_by_state(session: Session) -> dict[str, int]:
    """How many are well, failing, off, or disabled by the sender."""
    return {row.state: row.number for row in await session.execute(_COUNT_BY_STATE)}


async def add_webhook(session: Session, item: Webhook) -> None:
    await session.execute(insert(webhook).values(_values(item, session.sealing)))


async def change_webhook(session: Session, item: Webhook) -> None:
    values = _values(item, session.sealing)
    place = webhook.c.webhook_id == item.webhook_id
    await session.execute(update(webhook).where(place).values(values))


async def delete_webhook(session: Session, webhook_id: UUID) -> None:
    """With what waits for it, and its log. Raises NotFoundError."""
    statement = delete(webhook).where(webhook.c.webhook_id == webhook_id)
    if not await session.execute(statement.returning(webhook.c.webhook_id)):
        raise no_such_webhook()


async def set_cursor(session: Session, webhook_id: UUID, row_id: int) -> None:
    place = webhook.c.webhook_id == webhook_id
    await session.execute(update(webhook).where(place).values(cursor=row_id))


async def note_success(session: Session, webhook_id: UUID, *, now: datetime) -> datetime | None:
    """Since when it had been failing."""
    since: datetime | None = await session.scalar(
        _NOTE_SUCCESS, {"webhook_id": webhook_id, "now": now}
    )
    return since


async def note_failure(
    session: Session, webhook_id: UUID, *, resting_until: datetime | None, now: datetime
) -> datetime:
    """Since when it has been failing."""
    params = {"webhook_id": webhook_id, "resting_until": resting_until, "now": now}
    since: datetime | None = await session.scalar(_NOTE_FAILURE, params)
    return since or now


async def switch_off(session: Session, webhook_id: UUID, *, reason: str, now: datetime) -> bool:
    """Whether it was active."""
    params = {"webhook_id": webhook_id, "reason": reason, "now": now}
    return bool(await session.execute(_SWITCH_OFF, params))


def _values(item: Webhook, sealing: Sealing) -> dict[str, Any]:
    names = [one.name for one in fields(item) if one.name != "readable"]
    values = {name: getattr(item, name) for name in names}
    values |= {"types": list(item.types), "pools": list(item.pools)}
    if not item.readable:  # what could not be opened stays as it is
        return {name: value for name, value in values.items() if name not in _SEALED}
    for name in _SEALED:
        value = values[name]
        about = _about(item.webhook_id, name)
        text = json.dumps(dict(value)) if name == "headers" else value
        values[name] = None if text is None else sealed(sealing, text, about=about)
    return values


def sealed(sealing: Sealing, text: str, *, about: bytes) -> str:
    return sealing.seal(text.encode(), about=about)


def _webhook(row: Row, sealing: Sealing) -> Webhook:
    values: dict[str, Any] = {**row}
    try:
        for name in _SEALED:
            if row[name] is not None:
                about = _about(row["webhook_id"], name)
                values[name] = sealing.unseal(row[name], about=about).decode()
        return Webhook(**{**values, "headers": json.loads(values["headers"])})
    except SealedError:
        log.error("webhook.sealed", webhook_id=str(row["webhook_id"]))  # noqa: TRY400  one line
        return Webhook(**{**values, "headers": {}, "secret": "", "readable": False})


def _about(webhook_id: UUID, name: str) -> bytes:
    return f"webhook:{webhook_id}:{name}".encode()
