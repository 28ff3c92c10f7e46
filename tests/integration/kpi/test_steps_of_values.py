"""The past of one value of an axis is that of its quarters of an hour, however it is read."""

import random
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.forecast.past import StepFacts
from services.kpi.domain.periods import period
from services.kpi.repository.facts import clear
from services.kpi.repository.forecast.past import facts_by_step, facts_of_keys
from shared.contracts.purchases import PurchaseCancelled, PurchaseRecorded
from shared.database import Database, transaction
from tests.integration.kpi.telling import apply_and_tell
from tests.support.chance import examples
from tests.support.event_streams import EventStreams, consume
from tests.support.random_story import SmallWorld

ZONES = ("UTC", "Europe/Moscow", "Asia/Kathmandu", "America/St_Johns")
ORDERS = (PurchaseRecorded, PurchaseCancelled)
VALUES = "SELECT DISTINCT axis, value FROM counter WHERE axis <> 'company'"
QUARTERS = """
SELECT width_bucket(bucket, CAST(:bounds AS timestamptz[])) AS step, currency,
    sum(leads) AS leads, sum(won) AS won, sum(amount) AS amount
FROM counter WHERE axis = :axis AND value = :value AND bucket >= :begins_at AND bucket < :ends_at
GROUP BY step, currency
"""


@examples(5, simplified=False)
@given(seed=st.integers(0, 2**32))
async def test_days_and_quarters_add_up_to_steps(database: Database, seed: int) -> None:
    choice = random.Random(seed)
    streams = SmallWorld(choice, EventStreams(), longest_pause=30).live(60)
    async with transaction(database) as session:
        await clear(session)
    # Orders that no lead led to stand in no counter.
    of_leads = [item for item in streams.events if not isinstance(item.event, ORDERS)]
    await consume(database, apply_and_tell, of_leads)
    async with transaction(database) as session:
        values = list(await session.execute(VALUES))
    assert values
    for _ in range(10):
        first = date(2026, 2, 20) + timedelta(days=choice.randrange(40))
        span = period(
            first,
            first + timedelta(days=choice.choice((1, 9, 60))),
            ZoneInfo(choice.choice(ZONES)),
        )
        name = choice.choice(("day", "week", "month", ""))
        bounds = [*span.steps(name).bounds] if name else [span.begins_at, span.ends_at]
        bounds[-1] -= choice.choice(
            (
                timedelta(0),
                timedelta(minutes=15),
                timedelta(hours=7),
                timedelta(hours=14, minutes=22, microseconds=1),
            )
        )
        axis, value = choice.choice(values)
        params = {"axis": axis, "value": value, "bounds": bounds}
        params |= {"begins_at": bounds[0], "ends_at": bounds[-1]}
        async with transaction(database) as session:
            facts = await facts_by_step(session, bounds, axis, value)
            rows = list(await session.execute(QUARTERS, params))
            keys = [one.value for one in values if one.axis == axis]
            of_all = await facts_of_keys(session, bounds, axis, keys)
        told = {currency: of_all[value].of(currency) for currency in facts}
        assert told == facts, "read alone or with others"
        counts = {row.step: (int(row.leads), int(row.won)) for row in rows if not row.currency}
        assert facts[""] == {
            step: StepFacts(*item) for step, item in counts.items() if any(item)
        }, (axis, bounds)
        for row in rows:
            if row.currency and row.amount:
                assert facts[row.currency][row.step].money == row.amount
