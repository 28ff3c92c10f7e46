"""Makes what is to be sent of a report: once for each time it is due, and when it is asked for.

That a report was due, what is to be sent of it, and when it is due next are written together, under
the report's row: whichever leader comes second finds that it is not due any more. Due times that
passed while nobody was there are made up for once, by the latest of them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from services.kpi.domain.digests.schedule import Schedule
from services.kpi.repository import digests
from services.kpi.repository.deliveries import recipients
from services.kpi.repository.deliveries.recipients import Recipient
from services.kpi.repository.digests import Report, ReportDelivery, Run
from services.kpi.use_cases.deliveries.recipients import ways_of, when_to_tell
from services.kpi.use_cases.digests.reports import DIGESTS, schedule_of
from services.kpi.use_cases.errors import NobodyToSendToError
from shared.database import Database, Session, reading, transaction
from shared.errors import NotFoundError
from shared.ids import new_id

log = structlog.get_logger()
AT_ONCE = 50


async def make_due(database: Database, zone: ZoneInfo, *, now: datetime) -> int:
    """Make every report that is due. Returns how many were."""
    async with reading(database) as session:
        report_ids = await digests.list_due(session, now=now, limit=AT_ONCE)
    for report_id in report_ids:
        await make_run(database, report_id, zone, now=now)
    return len(report_ids)


async def realign(database: Database, zone: ZoneInfo, *, now: datetime) -> None:
    """Set right when reports are due next, as the company may have moved to another zone, or the
    machine's clock have been ahead. What was due stays due.
    """
    async with reading(database) as session:
        report_ids = await digests.list_planned(session, after=now)
    for report_id in report_ids:
        async with transaction(database) as session:
            try:
                item = await digests.get_report(session, report_id, lock=True)
            except NotFoundError:
                continue
            next_at = schedule_of(item, zone).next_after(now)
            if item.next_at is not None and now < item.next_at != next_at:
                await digests.put_next(session, report_id, next_at)
                log.info("report.realigned", report_id=str(report_id))


async def make_run(database: Database, report_id: UUID, zone: ZoneInfo, *, now: datetime) -> None:
    """Make one report, if it is due still."""
    async with transaction(database) as session:
        try:
            item = await digests.get_report(session, report_id, lock=True)
        except NotFoundError:
            return
        if not is_due(item, now):
            return
        schedule = schedule_of(item, zone)
        run = Run(
            run_id=new_id(),
            report_id=report_id,
            due_at=schedule.last_until(now),
            is_scheduled=True,
            made_at=now,
        )
        await digests.put_next(session, report_id, schedule.next_after(now))
        last = await digests.last_due_at(session, report_id)
        if not is_told(item, run, last, schedule) and await digests.add_run(session, run):
            readers = await recipients.find_recipients(session, item.recipient_ids)
            await _add_deliveries(session, _all_deliveries(run, list(readers.values()), quiet=True))
            log.info("report.due", report_id=str(report_id))


def is_due(item: Report, now: datetime) -> bool:
    """Whether nobody has made it meanwhile."""
    return item.next_at is not None and item.next_at <= now


def is_told(item: Report, run: Run, last: datetime | None, schedule: Schedule) -> bool:
    """Whether a due time that lies before the one that was planned, since the schedule has moved
    meanwhile, is of a day of which the report was made already.
    """
    if last is None or item.next_at is None or run.due_at >= item.next_at:
        return False
    return run.due_at.astimezone(schedule.zone).date() <= last.astimezone(schedule.zone).date()


async def request_run(session: Session, report_id: UUID, *, now: datetime) -> list[ReportDelivery]:
    """Have a report sent at once, quiet hours or not. Whoever asks again before it was tried gets
    what is to be sent already. Raises NotFoundError, NobodyToSendToError.
    """
    item = await digests.get_report(session, report_id, lock=True)
    readers = await recipients.find_recipients(session, item.recipient_ids)
    run = Run(run_id=new_id(), report_id=report_id, due_at=now, is_scheduled=False, made_at=now)
    due = _all_deliveries(run, list(readers.values()), quiet=False)
    if not due:
        raise NobodyToSendToError("The report names nobody who is active.")
    untried = await digests.list_untried(session, report_id)
    if _targets(untried) == _targets(due):
        return untried
    await digests.add_run(session, run)
    await _add_deliveries(session, due)
    return due


def _targets(deliveries: Sequence[ReportDelivery]) -> set[tuple[UUID, str]]:
    return {(item.recipient_id, item.way) for item in deliveries}


async def _add_deliveries(session: Session, deliveries: Sequence[ReportDelivery]) -> None:
    await digests.add_deliveries(session, deliveries)
    session.notify_after_commit(DIGESTS)


def _all_deliveries(run: Run, readers: Sequence[Recipient], *, quiet: bool) -> list[ReportDelivery]:
    return [each for item in readers for each in _deliveries(run, item, quiet=quiet)]


def _deliveries(run: Run, item: Recipient, *, quiet: bool) -> Iterator[ReportDelivery]:
    """One by each way of an active recipient; with `quiet` after their quiet hours."""
    due_at = when_to_tell(item, run.made_at) if quiet else run.made_at
    for way in ways_of(item) if item.active else ():
        yield ReportDelivery(
            delivery_id=new_id(),
            run_id=run.run_id,
            report_id=run.report_id,
            recipient_id=item.recipient_id,
            way=way,
            made_at=run.made_at,
            first_due_at=due_at,
            due_at=due_at,
            run_due_at=run.due_at,
            is_scheduled=run.is_scheduled,
        )
