"""Which views of a company are compared: whole, a day on which a clock was changed, odd weeks."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from tests.integration.truth.asked import DAY, Asked
from tests.integration.truth.cast import ZONES
from tests.integration.truth.rows import Row


def views(story: list[Row], choice: random.Random, count: int) -> Iterator[Asked]:
    """The whole as it is now, and others by chance."""
    days = sorted({row.at.date() for row in story})
    known = sorted({row.known_at.date() for row in story})
    yield Asked(days[0] - 10 * DAY, days[-1] + 2 * DAY, choice.choice(ZONES))
    for number in range(1, count):
        first = choice.choice(days)
        length = (1, choice.randrange(2, 9), choice.randrange(9, 60))[number % 3]
        known_on: date | None = None if number % 2 else choice.choice(known)
        yield Asked(first, first + timedelta(days=length), choice.choice(ZONES), known_on)
