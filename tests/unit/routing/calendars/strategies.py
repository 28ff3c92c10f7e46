"""Calendars around days on which clocks change, and ordinary ones."""

from datetime import date, datetime, time, timedelta

from hypothesis import strategies as st

from services.routing.domain.calendars.shape import (
    DAY_MINUTES,
    ON_CALL,
    SHIFT,
    Calendar,
    Holidays,
    Leave,
    Shift,
    SingleDay,
    Span,
)

# Zones with a day on which their clocks did something worth looking at.
CHANGES = (
    ("Europe/Moscow", date(2014, 10, 26)),  # another offset, for good
    ("Europe/Moscow", date(2024, 2, 29)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Asia/Kolkata", date(2026, 12, 31)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
)
QUARTERS = st.integers(0, 95).map(lambda number: number * 15)
DAY = timedelta(days=1)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(QUARTERS)
    end = start + draw(st.integers(1, 120)) * 15
    breaks: tuple[tuple[int, int], ...] = ()
    if draw(st.booleans()):
        begin = draw(st.integers(start, end - 1))
        longest = min(end, begin + DAY_MINUTES)  # as no record can tell of a longer one
        breaks = ((begin, draw(st.integers(begin + 1, longest))),)
    zone = draw(st.sampled_from([None, None, None, "UTC", "Asia/Kolkata"]))
    return Span(start, end, draw(st.sampled_from([SHIFT, SHIFT, ON_CALL])), breaks, zone)


@st.composite
def shifts(draw: st.DrawFn, around: date) -> Shift:
    near = st.integers(-3, 3).map(lambda number: around + number * DAY)
    return Shift(
        span=draw(spans()),
        days=draw(st.frozensets(st.integers(1, 7), min_size=1)),
        valid_from=draw(st.none() | near),
        valid_until=draw(st.none() | near),
        on_holidays=draw(st.booleans()),
        skips=draw(st.frozensets(near, max_size=2)),
    )


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, Holidays, date]:
    """A calendar, holidays, and the day around which to look."""
    zone, around = draw(st.sampled_from(CHANGES))
    near = st.integers(-2, 2).map(lambda number: around + number * DAY)
    days = draw(st.lists(near, max_size=2, unique=True))
    begin = datetime.combine(draw(near), time()) + timedelta(minutes=draw(QUARTERS))
    leave = Leave(begin, begin + timedelta(minutes=draw(st.integers(15, 3000))))
    calendar = Calendar(
        zone=zone,
        shifts=tuple(draw(st.lists(shifts(around), max_size=3))),
        days=tuple(
            SingleDay(day, tuple(draw(st.lists(spans(), max_size=2))), draw(st.booleans()))
            for day in days
        ),
        leave=(leave,) if draw(st.booleans()) else (),
    )
    holidays = Holidays(
        draw(st.frozensets(near, max_size=2)),
        draw(st.dictionaries(near, st.integers(1, 7), max_size=1)),
    )
    return calendar, Holidays(holidays.off - holidays.worked_as.keys(), holidays.worked_as), around
