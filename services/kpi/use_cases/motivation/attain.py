"""Measures how far managers, and the company, are with their plans, and emits what has changed."""

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.months import days_of, month_of
from services.kpi.domain.motivation.pace import ON_PACE, pace_of
from services.kpi.domain.motivation.tallies import Sum, add_up
from services.kpi.domain.motivation.targets import COMPANY, Target
from services.kpi.domain.motivation.terms import MEASURES
from services.kpi.domain.periods import Period, day_begin
from services.kpi.domain.working_time import working_time
from services.kpi.repository.motivation import attainments, facts
from services.kpi.repository.motivation.attainments import Calendar, Measured
from services.kpi.repository.motivation.facts import ProductSum
from services.kpi.repository.motivation.targets import find_targets
from services.kpi.use_cases.motivation.targets import ATTAINMENT
from shared.clock import Clock
from shared.contracts.indicators import AttainmentMeasured
from shared.database import Database, Session, transaction
from shared.messaging.outbox.publish import emit
from shared.runtime.loop import Loop, Progress

LOOK_SECONDS: Final = 60.0


def attainment_loop(database: Database, zone: ZoneInfo, *, clock: Clock) -> Loop:
    """Measures once a minute, and soon after a target was set."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            async with transaction(database) as session:
                await emit_attainments(session, zone, now=clock())
            await progress.attend(database.wakeup, ATTAINMENT, seconds=LOOK_SECONDS)

    return Loop("attainment", run)


async def emit_attainments(session: Session, zone: ZoneInfo, *, now: datetime) -> list[Measured]:
    """Emit, once each day and whenever it changes, how far everybody with a target is; whoever has
    none any more is on pace. What was emitted is kept with it, so that no restart repeats it.
    """
    today = now.astimezone(zone).date()
    before = await attainments.list_measured(session)
    measures = [
        item
        for item in await _measure(session, zone, before, now=now)
        if is_new(item, before.get(item.subject), today)
    ]
    await attainments.put_measured(session, measures)
    for item in measures:
        event = AttainmentMeasured(
            subject=item.subject, measured_at=now, attainment=item.attainment
        )
        emit(session, event, now=now)
    return measures


def is_new(item: Measured, before: Measured | None, today: date) -> bool:
    """Whether it is another value than was emitted last, or the first one of its day."""
    if before is None or item.attainment != before.attainment:
        return True
    return item.has_target and before.measured_on != today


async def _measure(
    session: Session, zone: ZoneInfo, before: Mapping[str, Measured], *, now: datetime
) -> list[Measured]:
    month, today = month_of(now, zone), now.astimezone(zone).date()
    span, until = days_of(month, zone), day_begin(today, zone)
    targets = _by_subject(await find_targets(session, month))
    if not targets and not any(item.has_target for item in before.values()):
        return []
    sold = await facts.sum_managers(session, span)
    ids = [UUID(subject) for subject in targets if subject != COMPANY]
    calendars = await attainments.list_calendars(session, ids)
    measures = []
    for subject, target in targets.items():
        if subject == COMPANY:
            sums, calendar = [one for each in sold.values() for one in each], None
        else:
            sums = sold.get(UUID(subject), [])
            calendar = calendars.get(UUID(subject))
        elapsed = elapsed_of(calendar, span, until)
        value = pace_of(_result(target, sums), target.value, elapsed)
        measures.append(Measured(subject, value, today, now, has_target=True))
    freed = [item for item in before.values() if item.has_target and item.subject not in targets]
    return measures + [
        Measured(one.subject, ON_PACE, today, now, has_target=False) for one in freed
    ]


def _by_subject(targets: Mapping[tuple[str, str], Target]) -> dict[str, Target]:
    """One target of each: revenue before the number of sales."""
    subjects = sorted({subject for subject, _ in targets})
    return {
        subject: next(targets[subject, name] for name in MEASURES if (subject, name) in targets)
        for subject in subjects
    }


def _result(target: Target, sums: list[ProductSum]) -> Fraction:
    counted = add_up(
        Sum(one.sales, one.amount)
        for one in sums
        if not target.currency or one.currency == target.currency
    )
    return Fraction(counted.by(target.measure))


def elapsed_of(calendar: Calendar | None, span: Period, until: datetime) -> Fraction:
    """The part of the working time of the days that lies before `until`; of all time for those
    without a calendar, or without any work in these days.
    """
    whole = Fraction((until - span.begins_at) / (span.ends_at - span.begins_at))
    if calendar is None or calendar.calendar is None:
        return whole
    try:
        worked = working_time(calendar.calendar, calendar.time_zone, span.begins_at, span.ends_at)
    except (KeyError, ValueError):  # not in the form of its contract
        return whole
    total = worked.seconds(span.begins_at, span.ends_at)
    return Fraction(worked.seconds(span.begins_at, until) / total) if total else whole
