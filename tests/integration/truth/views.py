"""Which views of a company are compared: whole, a day on which a clock was changed, odd weeks."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from tests.integration.truth.asked import DAY, Asked
from tests.integration.truth.cast import STEADY, ZONES
from tests.integration.truth.rows import Row


def views(story: list[Row], choice: random.Random) -> Iterator[Asked]:
    """The whole as it is now and as it was known, a day of changed clocks, and some odd days."""
    days = sorted({row.at.date() for row in story})
    known = sorted({row.known_at.date() for row in story})
    whole = days[0] - 10 * DAY, days[-1] + 2 * DAY
    yield Asked(*whole, choice.choice(ZONES))
    yield Asked(*whole, choice.choice(ZONES), choice.choice(known))
    zone = choice.choice([name for name in ZONES if name not in STEADY])
    changes = [day for day in days if _is_changed(day, zone)]
    day = choice.choice(changes or days)
    yield Asked(day, day + choice.randrange(1, 3) * DAY, zone)
    first = choice.choice(days)
    length = choice.randrange(2, 60) * DAY
    yield Asked(first, first + length, choice.choice(ZONES), choice.choice(known))


def _is_changed(day: date, zone: str) -> bool:
    """Whether the day has more or fewer hours than 24 in the zone."""
    noons = (datetime.combine(each, time(12), ZoneInfo(zone)) for each in (day - DAY, day + DAY))
    before, after = noons
    return before.utcoffset() != after.utcoffset()
