"""Rows of scheduled reports, of the times they were due, and of what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from services.kpi.repository.deliveries.deliveries import Busy, Delivery, waiting
from services.kpi.tables.digests import report, report_delivery, report_run
from shared.database import Session
from shared.errors import NotFoundError

DELIVERIES: Final = report_delivery
_ADD_RUN = """
INSERT INTO report_run (run_id, report_id, due_at, is_scheduled, made_at)
VALUES (:run_id, :report_id, :due_at, :is_scheduled, :made_at)
ON CONFLICT (report_id, due_at) WHERE is_scheduled DO NOTHING RETURNING run_id
"""
_FORGET_RUNS = """
DELETE FROM report_run WHERE run_id IN (SELECT run_id FROM report_run AS run
    WHERE made_at < :before
        AND NOT EXISTS (SELECT FROM report_delivery WHERE report_delivery.run_id = run.run_id)
    ORDER BY made_at LIMIT :limit)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`sections` say what it shows, `next_at` when it is due, None while it is not; `time_zone` is
    None for the company's.
    """

    report_id: UUID
    name: str
    sections: Sequence[Mapping[str, Any]]
    every: str
    at: time
    weekday: int | None
    day: int | None
    time_zone: str | None
    files: Sequence[str]
    recipient_ids: Sequence[UUID]
    active: bool
    next_at: datetime | None
    version: int
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One time that a report was due, or was asked for."""

    run_id: UUID
    report_id: UUID
    due_at: datetime
    is_scheduled: bool
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDelivery(Delivery):
    """A report to be sent, of the days that `run_due_at` tells; `is_scheduled`: by itself, without
    being asked for.
    """

    run_id: UUID
    report_id: UUID
    run_due_at: datetime
    is_scheduled: bool


async def list_reports(session: Session, *, before: UUID | None, limit: int) -> list[Report]:
    """Newest id first, one more than `limit`."""
    query = select(report).order_by(report.c.report_id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(report.c.report_id < before)
    return [Report(**row) for row in await session.execute(query)]


async def get_report(session: Session, report_id: UUID, *, lock: bool = False) -> Report:
    """Raises NotFoundError."""
    query = select(report).where(report.c.report_id == report_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise _no_such_report()
    return Report(**row)


async def count_reports(session: Session) -> int:
    number: int = await session.scalar("SELECT count(*) FROM report")
    return number


async def add_report(session: Session, item: Report) -> None:
    await session.execute(insert(report).values(_values(item)))


async def change_report(session: Session, item: Report) -> None:
    place = report.c.report_id == item.report_id
    await session.execute(update(report).where(place).values(_values(item)))


async def delete_report(session: Session, report_id: UUID) -> None:
    """With what is still to be sent of it. Raises NotFoundError."""
    statement = delete(report).where(report.c.report_id == report_id)
    if not await session.execute(statement.returning(report.c.report_id)):
        raise _no_such_report()


async def find_naming(session: Session, recipient_id: UUID) -> str | None:
    """The name of a report that is sent to this recipient."""
    place = report.c.recipient_ids.contains([recipient_id])
    name: str | None = await session.scalar(select(report.c.name).where(place).limit(1))
    return name


async def list_due(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Reports that are due by now, the longest due first."""
    query = select(report.c.report_id).where(report.c.next_at <= now)
    ordered = query.order_by(report.c.next_at, report.c.report_id).limit(limit)
    return [row.report_id for row in await session.execute(ordered)]


async def list_planned(session: Session, *, after: datetime) -> list[UUID]:
    """Reports that are due later than a moment."""
    query = select(report.c.report_id).where(report.c.next_at > after)
    return [row.report_id for row in await session.execute(query.order_by(report.c.report_id))]


async def last_due_at(session: Session, report_id: UUID) -> datetime | None:
    """The last due time for which it was made by itself, if the log still has one."""
    moment: datetime | None = await session.scalar(
        "SELECT max(due_at) FROM report_run WHERE report_id = :report_id AND is_scheduled",
        {"report_id": report_id},
    )
    return moment


async def put_next(session: Session, report_id: UUID, next_at: datetime) -> None:
    place = report.c.report_id == report_id
    await session.execute(update(report).where(place).values(next_at=next_at))


async def add_run(session: Session, item: Run) -> bool:
    """Whether it is the first one of its due time; one that is asked for always is."""
    values = {name: getattr(item, name) for name in Run.__slots__}
    return bool(await session.execute(_ADD_RUN, values))


async def add_deliveries(session: Session, deliveries: Sequence[ReportDelivery]) -> None:
    names = [column.name for column in report_delivery.columns]
    if deliveries:
        rows = [{name: getattr(item, name) for name in names} for item in deliveries]
        await session.execute(insert(report_delivery).values(rows))


async def list_waiting(
    session: Session, busy: Busy, *, now: datetime, limit: int
) -> list[ReportDelivery]:
    """What is to be sent by now to places that are not busy, the longest due first."""
    query = waiting(_deliveries(), report_delivery, busy, now=now, limit=limit)
    return [ReportDelivery(**row) for row in await session.execute(query)]


async def list_untried(session: Session, report_id: UUID) -> list[ReportDelivery]:
    """What somebody has asked for and nobody has tried to send yet."""
    query = _deliveries().where(
        report_delivery.c.report_id == report_id,
        report_delivery.c.attempts == 0,
        report_delivery.c.due_at.is_not(None),
        ~report_run.c.is_scheduled,
    )
    ordered = query.order_by(report_delivery.c.delivery_id)
    return [ReportDelivery(**row) for row in await session.execute(ordered)]


async def list_deliveries(
    session: Session, report_id: UUID, *, before: UUID | None, limit: int
) -> list[ReportDelivery]:
    """Newest id first, one more than `limit`."""
    query = _deliveries().where(report_delivery.c.report_id == report_id)
    if before is not None:
        query = query.where(report_delivery.c.delivery_id < before)
    ordered = query.order_by(report_delivery.c.delivery_id.desc()).limit(limit + 1)
    return [ReportDelivery(**row) for row in await session.execute(ordered)]


async def forget_runs(session: Session, *, before: datetime, limit: int) -> None:
    """Delete old runs whose deliveries are forgotten."""
    await session.execute(_FORGET_RUNS, {"before": before, "limit": limit})


def _deliveries() -> Any:
    joined = report_delivery.c.run_id == report_run.c.run_id
    of_run = (report_run.c.due_at.label("run_due_at"), report_run.c.is_scheduled)
    return select(report_delivery, *of_run).where(joined)


def _values(item: Report) -> dict[str, Any]:
    values = {column.name: getattr(item, column.name) for column in report.columns}
    lists = ("sections", "files", "recipient_ids")
    return values | {name: list(values[name]) for name in lists}


def _no_such_report() -> NotFoundError:
    return NotFoundError("There is no such report.")
