"""Who takes part in a company: managers with calendars, sources, what customers may say."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.ids import derived_id

AUTUMN = (datetime(2025, 10, 20, tzinfo=UTC), datetime(2025, 11, 6, tzinfo=UTC))
SPRING = (datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 4, 8, tzinfo=UTC))
# Samoa left out the 30th of December 2011; the 1st of April 2012 had 25 hours.
ACROSS_THE_LINE = (datetime(2011, 12, 24, tzinfo=UTC), datetime(2012, 1, 6, tzinfo=UTC))
APRIL_THERE = (datetime(2012, 3, 27, tzinfo=UTC), datetime(2012, 4, 9, tzinfo=UTC))
ZONES = (
    "UTC", "Europe/Berlin", "Europe/Moscow", "America/New_York", "Pacific/Apia", "Asia/Kolkata",
    "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Asia/Beirut", "America/Havana",
)  # fmt: skip
STEADY = {"UTC", "Europe/Moscow", "Asia/Kolkata", "Asia/Kathmandu"}
REGIONS = ("Москва", "Tula", "Omsk", None, "", "+7 916 123-45-67")
PRODUCTS = ("pump", "труба", None, "")
CHANNELS = ("form", "call", "email", "chat")
STAGES = {"sales": ("new", "offer", "contract", "payment"), "service": ("new", "visit")}
REASONS = (("price", True), ("no_answer", True), ("нашли дешевле", False), (None, None))
CURRENCIES = ("RUB", "RUB", "RUB", "RUB", "USD", "JPY", "KWD")
MARKS: tuple[dict[str, Any], ...] = (
    {"utm_source": "Yandex", "utm_campaign": "Spring"},
    {"utm_source": "yandex ", "utm_campaign": "spring"},
    {"utm_source": "google", "utm_campaign": "brand", "click_ids": {"gclid": "g-1"}},
    {"utm_source": "vk"},
    {"utm_source": "vk", "utm_campaign": ""},
    {"utm_campaign": "letters"},
    {"utm_source": "mail", "utm_campaign": "to anna@example.com"},
    {"utm_source": "", "utm_campaign": None},
    {},
    {},
)


def some_id(*parts: object) -> UUID:
    return derived_id("truth", *parts)


SOURCES = {key: some_id("source", key) for key in ("site", "pbx", "shop")}
MANAGERS = tuple(some_id("manager", number) for number in range(5))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a company is looked at, and the moments about which much happens."""

    begins_at: datetime
    ends_at: datetime
    hot: tuple[datetime, ...]


def stretches(choice: random.Random) -> list[Stretch]:
    """An autumn and a spring with their changes of the clocks, or a Samoan summer."""
    spans = (ACROSS_THE_LINE, APRIL_THERE) if choice.random() < 0.2 else (AUTUMN, SPRING)
    return [Stretch(begins, ends, _clock_changes(begins, ends)) for begins, ends in spans]


def _clock_changes(begins: datetime, ends: datetime) -> tuple[datetime, ...]:
    """When a clock of one of the zones is put forward or back, to the quarter of an hour."""
    zones = [ZoneInfo(name) for name in ZONES]
    changes = []
    moment, quarter = begins, timedelta(minutes=15)
    while moment < ends:
        if any(
            moment.astimezone(zone).utcoffset() != (moment + quarter).astimezone(zone).utcoffset()
            for zone in zones
        ):
            changes.append(moment + quarter)
        moment += quarter
    return tuple(changes)


def moments(choice: random.Random, stretch: Stretch, count: int) -> list[datetime]:
    """Times of deeds: anywhere, about changes of clocks, and about midnights, a third each."""
    span = (stretch.ends_at - stretch.begins_at).total_seconds()
    times = []
    for number in range(count):
        anywhere = stretch.begins_at + timedelta(seconds=choice.randrange(int(span)))
        if number % 3 == 1 and stretch.hot:
            anywhere = choice.choice(stretch.hot) + timedelta(seconds=choice.gauss(0, 3600))
        elif number % 3 == 2:
            midnight = anywhere.replace(hour=choice.choice((0, 0, 5, 22)), minute=0, second=0)
            anywhere = midnight + timedelta(seconds=choice.gauss(0, 900))
        if number % 7 == 0:  # at the very beginning of an hour, which may be that of a day
            anywhere = anywhere.replace(minute=choice.choice((0, 0, 30, 15)), second=0)
        times.append(anywhere)
    return sorted(time.replace(microsecond=0) for time in times)
