"""Rows of those who are told. Secrets are encrypted in the table, each bound to its row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, insert, select, update

from services.kpi.domain.deliveries.quiet import Quiet
from services.kpi.tables.deliveries import recipient
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.sealing import SealedError, Sealing
from shared.statements import among

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who is told by mail, by a webhook, or both. Not `readable` if the secret was sealed
    with a key that this process does not have.
    """

    recipient_id: UUID
    name: str
    mails: Sequence[str]
    url: str | None
    secret: str | None = field(repr=False)
    language: str
    time_zone: str
    quiet_from: time | None
    quiet_to: time | None
    quiet_weekends: bool
    active: bool
    version: int
    changed_at: datetime
    changed_by: str
    readable: bool = True

    @property
    def quiet(self) -> Quiet:
        zone = ZoneInfo(self.time_zone)
        return Quiet(zone, self.quiet_from, self.quiet_to, self.quiet_weekends)


def no_such_recipient() -> NotFoundError:
    return NotFoundError("There is no such recipient.")


async def list_recipients(session: Session, *, before: UUID | None, limit: int) -> list[Recipient]:
    """Newest id first, one more than `limit`."""
    query = select(recipient).order_by(recipient.c.recipient_id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(recipient.c.recipient_id < before)
    return [_recipient(row, session.sealing) for row in await session.execute(query)]


async def find_recipients(
    session: Session, recipient_ids: Collection[UUID]
) -> dict[UUID, Recipient]:
    """Those of them that there are, by id."""
    query = select(recipient).where(among(recipient.c.recipient_id, recipient_ids))
    rows = await session.execute(query)
    return {row.recipient_id: _recipient(row, session.sealing) for row in rows}


async def list_urls(session: Session) -> dict[UUID, str | None]:
    """Where the webhook of each recipient is, if there is one."""
    rows = await session.execute(select(recipient.c.recipient_id, recipient.c.url))
    return {row.recipient_id: row.url for row in rows}


async def get_recipient(session: Session, recipient_id: UUID, *, lock: bool = False) -> Recipient:
    """Raises NotFoundError."""
    query = select(recipient).where(recipient.c.recipient_id == recipient_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise no_such_recipient()
    return _recipient(row, session.sealing)


async def count_recipients(session: Session) -> int:
    number: int = await session.scalar("SELECT count(*) FROM recipient")
    return number


async def add_recipient(session: Session, item: Recipient) -> None:
    await session.execute(insert(recipient).values(_values(item, session.sealing)))


async def change_recipient(session: Session, item: Recipient) -> None:
    values = _values(item, session.sealing)
    place = recipient.c.recipient_id == item.recipient_id
    await session.execute(update(recipient).where(place).values(values))


async def delete_recipient(session: Session, recipient_id: UUID) -> None:
    """With what waits for them. Raises NotFoundError."""
    statement = delete(recipient).where(recipient.c.recipient_id == recipient_id)
    if not await session.execute(statement.returning(recipient.c.recipient_id)):
        raise no_such_recipient()


def _values(item: Recipient, sealing: Sealing) -> dict[str, Any]:
    names = {column.name for column in recipient.columns} - {"mails", "secret"}
    values = {name: getattr(item, name) for name in names} | {"mails": list(item.mails)}
    if item.readable:  # what could not be opened stays as it is
        values["secret"] = item.secret and sealed(sealing, item.secret, item.recipient_id)
    return values


def sealed(sealing: Sealing, text: str, recipient_id: UUID) -> str:
    return sealing.seal(text.encode(), about=_about(recipient_id))


def _recipient(row: Row, sealing: Sealing) -> Recipient:
    values: dict[str, Any] = {**row}
    try:
        if row.secret is not None:
            values["secret"] = sealing.unseal(row.secret, about=_about(row.recipient_id)).decode()
        return Recipient(**values)
    except SealedError:
        log.error("recipient.sealed", recipient_id=str(row.recipient_id))  # noqa: TRY400  one line
        return Recipient(**{**values, "secret": None, "readable": False})


def _about(recipient_id: UUID) -> bytes:
    return f"recipient:{recipient_id}:secret".encode()
