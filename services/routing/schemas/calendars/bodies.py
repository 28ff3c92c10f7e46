"""Calendars, holiday calendars and leave in JSON.

A stored calendar is this JSON; `domain/calendars/records` reads it.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from services.routing.domain.calendars.records import span_of
from services.routing.domain.calendars.shape import DAY_MINUTES, WEEK, Interval
from services.routing.repository.calendars.calendars import StoredCalendar
from services.routing.repository.calendars.holiday_calendars import HolidayCalendar
from services.routing.schemas.fields import Key, Name, Words
from services.routing.use_cases.calendars.configure import MAX_LEAVE, LeaveFields
from shared.validation import MemberError
from shared.web.fields import Zone
from shared.web.ranges import Day as WrittenDay

T = TypeVar("T", int, date)
FIRST_YEAR, LAST_YEAR = 1970, 2200
MAX_SHIFTS, MAX_DAYS, MAX_SPANS, MAX_BREAKS, MAX_SKIPS = 100, 1000, 10, 6, 1000
LONGEST_CYCLE = 366
MOST_DAYS_LATER = 14


def _in_range(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _in_order(values: list[T]) -> list[T]:
    return sorted(set(values))


def _local(text: str, member: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        _in_range(moment.date())
    except ValueError as error:
        raise MemberError(member, str(error)) from None
    return moment.replace(second=0, microsecond=0)


Day = Annotated[WrittenDay, AfterValidator(_in_range)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Days = Annotated[list[Day], Field(max_length=MAX_SKIPS), AfterValidator(_in_order)]
DaysLater = Annotated[int, Field(ge=0, le=MOST_DAYS_LATER)]
# A day, or a local time: JSON has one text for either.
DayOrTime = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d(T([01]\d|2[0-3]):[0-5]\d(:00)?)?$")
]
Weekday = Annotated[int, Field(ge=1, le=WEEK)]


class _Local(BaseModel):
    """Members that are Python's words have another name there, and `from` and `to` in JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)

    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")
    plus_days: DaysLater | None = None


class BreakIn(_Local):
    """A break. It belongs to its shift: one that seems to be before it is on the next day, unless
    `plus_days` counts the days from the shift's day on.
    """


class SpanIn(_Local):
    """From `from` to `to`: of the next day if that is not later, unless `plus_days` counts the days
    in between. `time_zone` null: the calendar's.
    """

    kind: Literal["shift", "on_call"] = "shift"
    breaks: Annotated[list[BreakIn], Field(max_length=MAX_BREAKS)] = []
    time_zone: Zone | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        span = span_of(self.model_dump(by_alias=True))
        if span.end <= span.start:
            raise MemberError("to", "it ends before it begins")
        if span.end - span.start > MOST_DAYS_LATER * DAY_MINUTES:
            raise MemberError("to", f"it lasts longer than {MOST_DAYS_LATER} days")
        if any(begin < span.start or end > span.end for begin, end in span.breaks):
            raise MemberError("breaks", "a break lies outside of the shift")
        return self


class ShiftIn(SpanIn):
    """A shift on some `days` of a cycle: of a week 1 is Monday; of a longer or shorter `cycle` 1 is
    `valid_from`. `valid_until` is the last day. It does not begin on the days of `skips`, nor on
    holidays unless `on_holidays`.
    """

    days: Annotated[
        list[Annotated[int, Field(ge=1, le=LONGEST_CYCLE)]],
        Field(min_length=1, max_length=LONGEST_CYCLE),
        AfterValidator(_in_order),
    ]
    cycle: Annotated[int, Field(ge=1, le=LONGEST_CYCLE)] = WEEK
    valid_from: Day | None = None
    valid_until: Day | None = None
    on_holidays: bool = False
    skips: Days = []

    @model_validator(mode="after")
    def _is_a_cycle(self) -> Self:
        if max(self.days) > self.cycle:
            raise MemberError("days", "a day beyond the cycle")
        if self.cycle != WEEK and self.valid_from is None:
            raise MemberError("valid_from", "a cycle that is no week needs it")
        return self


class SingleDayIn(BaseModel):
    """What is worked on one day, instead of its shifts or, without `replaces`, besides them. No
    spans: nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: Day
    spans: Annotated[list[SpanIn], Field(max_length=MAX_SPANS)] = []
    replaces: bool = True


class LeaveIn(BaseModel):
    """Days, the last one included, or local times `2026-03-02T14:00`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: DayOrTime = Field(alias="from")
    end: DayOrTime = Field(alias="to")
    reason: Words | None = None

    @model_validator(mode="after")
    def _is_a_time(self) -> Self:
        start, end = _local(self.start, "from"), _local(self.end, "to")
        if end < start or (end == start and "T" in self.end):
            raise MemberError("to", "it ends before it begins")
        return self

    def fields(self) -> LeaveFields:
        return LeaveFields(self.start, self.end, self.reason)


def _distinct_days(days: list[SingleDayIn]) -> list[SingleDayIn]:
    if len({item.day for item in days}) != len(days):
        raise ValueError("the same day twice")
    return days


def _distinct(keys: list[str]) -> list[str]:
    if len(set(keys)) != len(keys):
        raise ValueError("the same one twice")
    return keys


class CalendarIn(BaseModel):
    """When a manager works. `time_zone` null: the manager's own. `holidays` are the names of
    holiday calendars. A shift belongs to the day on which it begins.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_zone: Zone | None = None
    shifts: Annotated[list[ShiftIn], Field(max_length=MAX_SHIFTS)] = []
    days: Annotated[
        list[SingleDayIn], Field(max_length=MAX_DAYS), AfterValidator(_distinct_days)
    ] = []
    leave: Annotated[list[LeaveIn], Field(max_length=MAX_LEAVE)] = []
    holidays: Annotated[list[Key], Field(max_length=20), AfterValidator(_distinct)] = []

    def content(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


class CalendarOut(CalendarIn):
    manager_id: UUID
    version: int
    changed_at: datetime


def calendar_out(manager_id: UUID, stored: StoredCalendar) -> CalendarOut:
    return CalendarOut.model_validate(
        {
            **stored.content,
            "manager_id": manager_id,
            "version": stored.version,
            "changed_at": stored.changed_at,
        }
    )


class HolidayCalendarIn(BaseModel):
    """Days off: those of a `country`, or a part of it, as the release knows them, without those
    `omitted`, and `days` of its own. `worked_as`: days worked as another weekday, 1 is Monday.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] | None = None
    subdivision: Annotated[str, StringConstraints(pattern="^[A-Z0-9-]{1,10}$")] | None = None
    days: Annotated[dict[Day, Name], Field(max_length=MAX_DAYS)] = {}
    worked_as: Annotated[dict[Day, Weekday], Field(max_length=MAX_DAYS)] = {}
    omitted: Days = []

    def content(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class HolidayCalendarOut(HolidayCalendarIn):
    key: Key
    version: int


def holiday_calendar_out(calendar: HolidayCalendar) -> HolidayCalendarOut:
    return HolidayCalendarOut.model_validate(
        {**calendar.content, "key": calendar.key, "version": calendar.version}
    )


class DutyOut(BaseModel):
    """Duty of one kind from `from` up to `to`."""

    kind: str
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")


def duty_out(interval: Interval) -> DutyOut:
    return DutyOut(
        kind=interval.kind, start=interval.start.astimezone(UTC), end=interval.end.astimezone(UTC)
    )
