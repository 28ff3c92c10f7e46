"""Configures scheduled reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.digests.schedule import Every, Schedule
from services.kpi.repository import digests
from services.kpi.repository.deliveries import recipients
from services.kpi.repository.digests import Report
from services.kpi.repository.plan.plans import get_version
from services.kpi.use_cases.errors import TooManyReportsError, require_version
from shared.database import Session
from shared.errors import InvalidError, NotFoundError

DIGESTS = "digests"  # the wake-up of those who make and send reports
MAX_REPORTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFields:
    """As it should be; `time_zone` is None for the company's."""

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


def zone_of(item: Report | ReportFields, zone: ZoneInfo) -> ZoneInfo:
    """The report's own, or the company's."""
    return zone if item.time_zone is None else ZoneInfo(item.time_zone)


def schedule_of(item: Report | ReportFields, zone: ZoneInfo) -> Schedule:
    return Schedule(
        every=Every(item.every),
        at=item.at,
        zone=zone_of(item, zone),
        weekday=item.weekday,
        day=item.day,
    )


async def create_report(
    session: Session,
    report_id: UUID,
    fields: ReportFields,
    *,
    zone: ZoneInfo,
    actor: str,
    now: datetime,
) -> Report:
    """Raises InvalidError, TooManyReportsError."""
    if await digests.count_reports(session) >= MAX_REPORTS:
        raise TooManyReportsError(f"There are {MAX_REPORTS} reports already.")
    item = await _report(session, report_id, fields, version=1, zone=zone, actor=actor, now=now)
    await digests.add_report(session, item)
    session.notify_after_commit(DIGESTS)
    return item


async def replace_report(
    session: Session,
    report_id: UUID,
    fields: ReportFields,
    *,
    version: int,
    zone: ZoneInfo,
    actor: str,
    now: datetime,
) -> Report:
    """It is due next by the new schedule. Raises InvalidError, NotFoundError, StaleVersionError."""
    row = await digests.get_report(session, report_id, lock=True)
    require_version(row.version, version)
    item = await _report(
        session, report_id, fields, version=version + 1, zone=zone, actor=actor, now=now
    )
    await digests.change_report(session, item)
    session.notify_after_commit(DIGESTS)
    return item


async def _report(
    session: Session,
    report_id: UUID,
    fields: ReportFields,
    *,
    version: int,
    zone: ZoneInfo,
    actor: str,
    now: datetime,
) -> Report:
    await _check(session, fields)
    is_ready = fields.active and bool(fields.recipient_ids)
    members: dict[str, Any] = {name: getattr(fields, name) for name in ReportFields.__slots__}
    return Report(
        **members | {"recipient_ids": tuple(dict.fromkeys(fields.recipient_ids))},
        report_id=report_id,
        next_at=schedule_of(fields, zone).next_after(now) if is_ready else None,
        version=version,
        changed_at=now,
        changed_by=actor,
    )


async def _check(session: Session, fields: ReportFields) -> None:
    errors = []
    for name, every in (("weekday", Every.WEEK), ("day", Every.MONTH)):
        if (getattr(fields, name) is not None) != (fields.every == every):
            errors.append((f"/schedule/{name}", f"belongs to every {every}, and to nothing else"))
    present = await recipients.find_recipients(session, fields.recipient_ids)
    errors += [
        (f"/recipient_ids/{place}", "there is no such recipient")
        for place, recipient_id in enumerate(fields.recipient_ids)
        if recipient_id not in present
    ]
    for place, section in enumerate(fields.sections):
        if section.get("plan_id") is not None:
            try:
                await get_version(session, UUID(section["plan_id"]), section["version"])
            except NotFoundError:
                errors.append((f"/sections/{place}/plan_id", "there is no such plan and version"))
    if errors:
        raise InvalidError("The report makes no sense.", errors=errors)
