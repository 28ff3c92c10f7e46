"""What is to be sent and what came of it: the same columns wherever something is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Table, delete, or_, select, update

from shared.database import Session

Deliveries = Table  # with the columns of deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something to be sent by `mail` or `webhook`; `due_at` is None once nothing is tried again,
    `first_due_at` after the quiet hours in which it was made.
    """

    delivery_id: UUID
    recipient_id: UUID
    way: str
    made_at: datetime
    first_due_at: datetime
    due_at: datetime | None
    attempts: int = 0
    outcome: str = "waiting"
    error: str | None = None
    done_at: datetime | None = None


class Busy(NamedTuple):
    """Deliveries that are being tried, whether mails are as many as may be at once, and recipients
    to whose webhooks nothing more can be sent now.
    """

    delivery_ids: frozenset[UUID]
    mail: bool
    recipient_ids: frozenset[UUID]


def waiting(query: Any, table: Table, busy: Busy, *, now: datetime, limit: int) -> Any:
    """The query of what is to be sent by now to places that are not busy, the longest due first."""
    columns = table.c
    query = query.where(columns.due_at <= now, columns.delivery_id.not_in(busy.delivery_ids))
    query = query.where(or_(columns.way == "mail", columns.recipient_id.not_in(busy.recipient_ids)))
    if busy.mail:
        query = query.where(columns.way != "mail")
    return query.order_by(columns.due_at, columns.delivery_id).limit(limit)


async def note(
    session: Session,
    table: Table,
    item: Delivery,
    *,
    outcome: str,
    error: str | None,
    due_at: datetime | None,
    now: datetime,
) -> None:
    """Note what came of a try, and when it is tried again, if it is."""
    place = (table.c.delivery_id == item.delivery_id) & table.c.due_at.is_not(None)
    values = {
        "attempts": item.attempts + 1,
        "outcome": outcome,
        "error": error,
        "due_at": due_at,
        "done_at": now if due_at is None else None,
    }
    await session.execute(update(table).where(place).values(values))


async def forget(session: Session, table: Table, *, before: datetime, limit: int) -> None:
    """Delete what was sent long ago."""
    old = table.c.due_at.is_(None) & (table.c.made_at < before)
    ids = select(table.c.delivery_id).where(old).order_by(table.c.delivery_id).limit(limit)
    await session.execute(delete(table).where(table.c.delivery_id.in_(ids)))
