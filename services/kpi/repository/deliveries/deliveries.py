"""What is to be sent and what came of it: the same columns wherever something is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Table, delete, func, or_, select, update

from shared.database import Session

Deliveries = Table  # with the columns of deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something to be sent by `mail` or `webhook`; `due_at` is None once nothing is tried again,
    `first_due_at` after the quiet hours in which it was made. `open_mails` are the addresses for
    which a mail was refused while it was taken for others; None: nobody has it yet, or everybody.
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
    open_mails: Sequence[str] | None = None


class Busy(NamedTuple):
    """Deliveries that are being tried, whether mails are as many as may be at once, and recipients
    to whose webhooks nothing more can be sent now.
    """

    delivery_ids: frozenset[UUID]
    mail: bool
    recipient_ids: frozenset[UUID]


class Overdue(NamedTuple):
    """How much has not been sent, and since when the oldest of it was to be."""

    number: int
    since: datetime


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
    open_mails: Sequence[str] | None,
    now: datetime,
) -> None:
    """Note what came of a try, and when it is tried again, if it is."""
    values = {
        "attempts": item.attempts + 1,
        "outcome": outcome,
        "error": error,
        "due_at": due_at,
        "done_at": now if due_at is None else None,
        "open_mails": None if open_mails is None else list(open_mails),
    }
    await session.execute(update(table).where(_is_open(table, item)).values(values))


async def postpone(session: Session, table: Table, item: Delivery, due_at: datetime) -> None:
    """Try it no sooner; what was never tried has its time from then on."""
    first_due_at = item.first_due_at if item.attempts else due_at
    values = {"due_at": due_at, "first_due_at": first_due_at}
    await session.execute(update(table).where(_is_open(table, item)).values(values))


async def count_overdue(session: Session, table: Table, *, now: datetime) -> dict[str, Overdue]:
    """By way, what should have been sent by now, and has not been."""
    columns = table.c
    query = select(
        columns.way, func.count().label("number"), func.min(columns.first_due_at).label("since")
    ).where(columns.due_at.is_not(None), columns.first_due_at <= now)
    rows = await session.execute(query.group_by(columns.way))
    return {row.way: Overdue(row.number, row.since) for row in rows}


def _is_open(table: Table, item: Delivery) -> Any:
    return (table.c.delivery_id == item.delivery_id) & table.c.due_at.is_not(None)


async def forget(session: Session, table: Table, *, before: datetime, limit: int) -> None:
    """Delete what was sent long ago."""
    old = table.c.due_at.is_(None) & (table.c.made_at < before)
    ids = select(table.c.delivery_id).where(old).order_by(table.c.delivery_id).limit(limit)
    await session.execute(delete(table).where(table.c.delivery_id.in_(ids)))
