"""Managers' calendars with the holidays that they name, ready to be resolved."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.routing.domain.calendars.records import calendar_of, holidays_of
from services.routing.domain.calendars.shape import NO_HOLIDAYS, Holidays, Timetable
from services.routing.repository.calendars.calendars import list_calendars_of
from services.routing.repository.calendars.holiday_calendars import list_named
from services.routing.use_cases.calendars.bundled_holidays import holidays_in
from shared.database import Session

YEARS_BEFORE, YEARS_AHEAD = 1, 2


async def timetables(
    session: Session, manager_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, Timetable]:
    """By manager. Holidays are known from last year on, for two years ahead."""
    if not manager_ids:
        return {}
    rows = await list_calendars_of(session, manager_ids)
    keys = {key for row in rows for key in row.holidays}
    contents = {item.key: item.content for item in await list_named(session, keys)}
    shared: dict[tuple[str, ...], Holidays] = {}  # many calendars name the same ones
    by_manager = {}
    for row in rows:
        names = tuple(row.holidays)
        if names not in shared:
            shared[names] = together([contents[name] for name in names if name in contents], now)
        calendar = None if row.content is None else calendar_of(row.content, zone=row.time_zone)
        by_manager[row.manager_id] = Timetable(calendar, shared[names])
    return by_manager


def together(contents: Sequence[Mapping[str, Any]], now: datetime) -> Holidays:
    """The days off of all these holiday calendars; what one of them works, is worked."""
    if not contents:
        return NO_HOLIDAYS
    own = holidays_of(contents)
    years = tuple(range(now.year - YEARS_BEFORE, now.year + YEARS_AHEAD + 1))
    off: set[date] = set(own.off)
    worked_as: dict[date, int] = {}
    for content in contents:
        if content.get("country"):
            bundled = holidays_in(content["country"], content.get("subdivision"), years)
            omitted = {date.fromisoformat(day) for day in content.get("omitted", ())}
            off |= bundled.off - omitted
            worked_as |= {
                day: weekday
                for day, weekday in bundled.worked_as.items()
                if day not in omitted and day not in own.off
            }
    worked_as |= own.worked_as
    return Holidays(frozenset(off - worked_as.keys()), worked_as)
