"""People who buy by chance, seeded, and what reports on them should say, told without any SQL."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from tests.integration.kpi.spring import bought, person
from tests.support.event_streams import EventStreams

FIRST: Final = datetime(2025, 9, 1, 9, tzinfo=UTC)
HALF_YEAR: Final = {"from": "2025-09-01", "to": "2026-03-01", "tz": "UTC"}
PRODUCTS: Final = ("чай", "кофе", "сахар", "мёд")


@dataclass(slots=True)
class Buyer:
    """What a person bought, in time: when, for how much, and what."""

    sales: list[tuple[datetime, float, str]] = field(default_factory=list)

    @property
    def gaps(self) -> list[float]:
        times = [at for at, _, _ in self.sales]
        return [(later - earlier).total_seconds() for earlier, later in pairwise(times)]


def buyers(seed: int, people: int) -> tuple[EventStreams, dict[int, Buyer]]:
    """Purchases in half a year, each person's with a rhythm of their own."""
    dice = random.Random(seed)
    plans: list[tuple[datetime, int, float, str]] = []
    for number in range(people):
        at = FIRST + timedelta(hours=dice.randrange(24 * 150))
        rhythm = dice.choice((7, 20, 45))
        for _ in range(dice.choice((1, 1, 2, 4, 7))):
            if at < FIRST + timedelta(days=181):
                plans.append((at, number, dice.randrange(1, 50) * 100, dice.choice(PRODUCTS)))
            at += timedelta(hours=dice.randrange(12 * rhythm, 36 * rhythm))
    streams, found = EventStreams(), defaultdict[int, Buyer](Buyer)
    for place, (at, number, amount, product) in enumerate(sorted(plans)):
        streams.at = at
        bought(streams, f"{place}", person(number), amount, product=product, purchased_at=at)
        found[number].sales.append((at, amount, product))
    return streams, dict(found)
