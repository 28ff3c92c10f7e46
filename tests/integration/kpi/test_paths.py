"""Reports on money tell what a naive reading of the events tells, for any question."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.attribution import MODELS
from services.kpi.domain.paths.segments import DIMENSIONS
from services.kpi.domain.periods import period
from services.kpi.domain.sales.returns import Figures
from services.kpi.repository.facts import clear
from services.kpi.repository.money import sold
from services.kpi.repository.money.relations import TIMES
from services.kpi.repository.money.sold import Origin
from services.kpi.repository.money.sold_sums import are_summed
from services.kpi.use_cases.money.returns import list_behind, show_returns
from services.kpi.use_cases.money.sales import show_sales
from services.kpi.use_cases.money.views import MoneyWish
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.inquiry import Campaign
from shared.database import Database, transaction
from tests.integration.kpi.naive_money import naive_returns
from tests.integration.kpi.telling import apply_and_tell
from tests.support.chance import examples
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.random_story import SmallWorld

ZONES = ("UTC", "Europe/Moscow", "Asia/Kathmandu", "America/St_Johns")
FIRST = date(2026, 2, 20)
ORIGINS: tuple[Origin, ...] = get_args(Origin)


class Advertised(EventStreams):
    """Inquiries come by two campaigns or none, from two sources, and sometimes late."""

    choice: random.Random

    def inquiry(self, name: object, *, contact: UUID, **more: Any) -> UUID:
        late = timedelta(hours=self.choice.choice([0, 0, 5, 50]))
        return super().inquiry(
            name,
            contact=contact,
            source_id=some_id("source", self.choice.randrange(2)),
            campaign=self.campaign(),
            region=self.choice.choice([None, "Tula"]),
            received_at=self.at - late,
            is_repeat=self.choice.random() < 0.3,
            **more,
        )

    def campaign(self) -> Campaign:
        return self.choice.choice(
            [Campaign(), Campaign(utm_source=" Yandex"), Campaign(utm_campaign="Spring")]
        )


class SmallMarket(SmallWorld):
    def correct(self) -> None:
        super().correct()
        inquiry = self.choice.choice(sorted(self.place))
        contact = next(
            item.event.contact_id
            for item in self.streams.events
            if isinstance(item.event, InquiryReceived) and item.event.inquiry_id == inquiry
        )
        assert isinstance(self.streams, Advertised)
        campaign = self.streams.campaign().model_dump(mode="json")
        changes = self.choice.choice([{"campaign": campaign}, {"region": "Omsk"}])
        self.streams.emit(
            InquiryUpdated(
                inquiry_id=inquiry, contact_id=contact, changed_at=self.streams.at, changes=changes
            )
        )


def a_market(seed: int) -> EventStreams:
    choice = random.Random(seed)
    streams = Advertised()
    streams.choice = choice
    return SmallMarket(choice, streams, longest_pause=60).live(40)


def a_wish(choice: random.Random) -> MoneyWish:
    begin = FIRST + timedelta(days=choice.randrange(40))
    span = period(
        begin,
        begin + timedelta(days=choice.choice([1, 7, 40, 200])),
        ZoneInfo(choice.choice(ZONES)),
    )
    dimensions = choice.sample(DIMENSIONS, choice.randrange(4))
    dimensions += choice.sample(TIMES, choice.randrange(2))
    known_on = choice.choice([None, begin + timedelta(days=choice.randrange(60))])
    days = choice.choice([1, 3, 90, 730])
    return MoneyWish(span, dimensions, choice.choice(MODELS), days, known_on)


@examples(8, simplified=False)
@given(seed=st.integers(0, 2**32), batch=st.integers(1, 60))
async def test_any_report_tells_what_the_events_tell(
    database: Database, seed: int, batch: int
) -> None:
    streams = a_market(seed)
    async with transaction(database) as session:
        await clear(session)
    await consume(database, apply_and_tell, streams.events, batch=batch)
    choice = random.Random(seed)
    for _ in range(12):
        wish = a_wish(choice)
        async with transaction(database) as session:
            report = await show_returns(session, wish)
        found = {tuple(row.group.values()): row.figures for row in report.rows}
        naive = naive_returns(streams.events, wish)
        total = naive.pop((), Figures())
        if wish.dimensions:
            assert {key: _of(one) for key, one in found.items()} == {
                key: _of(one) for key, one in naive.items()
            }, wish
        assert _of(report.totals.figures) == _of(total), wish
        assert report.waiting == 0


def _of(figures: Figures) -> tuple[Any, ...]:
    return (
        figures.inquiries,
        figures.contacts,
        figures.target,
        figures.leads,
        figures.sales,
        dict(figures.amounts),
    )


@examples(3)
@given(seed=st.integers(0, 2**32))
async def test_pages_hold_what_each_number_counts(database: Database, seed: int) -> None:
    streams = a_market(seed)
    async with transaction(database) as session:
        await clear(session)
    await consume(database, apply_and_tell, streams.events)
    choice = random.Random(seed)
    for _ in range(6):
        wish = a_wish(choice)
        names = [name for name in wish.dimensions if name in DIMENSIONS]
        asked = MoneyWish(wish.period, names, wish.model, wish.lookback_days, wish.known_on)
        async with transaction(database) as session:
            rows = (await show_returns(session, asked)).rows
        for row in rows:
            conditions = list(row.group.items())
            for measure in ("inquiries", "contacts", "target", "leads", "sales"):
                items: list[Any] = []
                while True:
                    after = (items[-1].at, _id(items[-1])) if items else None
                    async with transaction(database) as session:
                        page, _ = await list_behind(
                            session, asked, measure, conditions, after=after, limit=3
                        )
                    items += page
                    if len(page) < 3:
                        break
                places = [(item.at, _id(item)) for item in items]
                assert all(one > other for one, other in pairwise(places))
                number = sum(item.share for item in items) if measure == "sales" else len(items)
                assert number == getattr(row.figures, measure), (measure, asked)


@examples(6, simplified=False)
@given(seed=st.integers(0, 2**32), batch=st.integers(1, 60))
async def test_sales_by_sums_are_sales_by_rows(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int, batch: int
) -> None:
    streams = a_market(seed)
    async with transaction(database) as session:
        await clear(session)
    await consume(database, apply_and_tell, streams.events, batch=batch)
    choice = random.Random(seed)
    for _ in range(12):
        wish, origin = a_wish(choice), choice.choice(ORIGINS)
        one = choice.choice([[], *([name] for name in DIMENSIONS)])
        wish = replace(
            wish,
            dimensions=[
                *one,
                *choice.choice([["month"], []] if one else [[name] for name in TIMES]),
            ],
        )
        assert are_summed(wish.dimensions, wish.lookback_days) == (
            wish.lookback_days != 3 or not one
        )
        by_way = []
        for is_summed in (True, False):
            with monkeypatch.context() as patch:
                if not is_summed:
                    patch.setattr(sold, "are_summed", lambda *_: False)
                async with transaction(database) as session:
                    by_way.append(await show_sales(session, wish, origin))
        assert by_way[0] == by_way[1], (wish, origin)


def _id(item: Any) -> UUID:
    found: UUID = getattr(item, "inquiry_id", None) or item.sale_id
    return found


async def test_on_a_day_that_never_was_nobody_came(database: Database) -> None:
    """Samoa went from the 29th to the 31st of December 2011, within a day of UTC."""
    streams = EventStreams()
    for hour in (3, 5, 12):
        streams.at = datetime(2011, 12, 30, hour, tzinfo=UTC)
        streams.inquiry(hour, contact=some_id("contact", "anna"))
    await consume(database, apply_and_tell, streams.events)
    counts = []
    async with transaction(database) as session:
        for day in (date(2011, 12, 29), date(2011, 12, 30), date(2011, 12, 31)):
            days = period(day, day + timedelta(days=1), ZoneInfo("Pacific/Apia"))
            figures = (await show_returns(session, MoneyWish(days, (), "last", 90))).totals.figures
            counts.append((figures.inquiries, figures.contacts))
    assert counts == [(2, 1), (0, 0), (1, 1)]
