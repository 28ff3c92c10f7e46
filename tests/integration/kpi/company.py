"""A company by chance, with everything that reports tell apart and count."""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from uuid import UUID

from shared.contracts.catalog import consumed_by
from shared.contracts.inquiry import Campaign
from shared.contracts.leads import (
    LeadDeclined,
    LeadLeaseExpired,
    LeadLost,
    LeadStageChanged,
    LeadWon,
)
from shared.contracts.managers import ManagerChanged
from shared.database import Database
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door
from tests.support.random_story import MANAGERS, SmallWorld

FIRST = MORNING.date()
LONG = "long " * 60  # more of a campaign than counters tell apart


class Company(SmallWorld):
    """`held` is who has each lead, as far as the company knows."""

    def live(self, steps: int) -> EventStreams:
        self.held: dict[UUID, UUID] = {}
        for number in range(MANAGERS):
            self.streams.emit(
                ManagerChanged(
                    manager_id=some_id("manager", number),
                    changed_at=self.streams.at,
                    name=f"=Manager {number}",
                    capacity=5,
                    time_zone="Asia/Tokyo",
                    calendar={"week": {"mon": [["09:00", "12:00"]]}} if number else None,
                )
            )
        own = (self.decline, self.expire, self.go_on, self.sell, self.lose, self.open, self.assign)
        self.open()
        for self.step in range(1, steps, 2):
            self.choice.choice(own)()
            self.choice.choice(self.deeds())()
            self.streams.at += timedelta(hours=self.choice.randrange(self.longest_pause))
        return self.streams

    def deeds(self) -> Sequence[Callable[[], None]]:
        """Those of the small world that happen between the company's own."""
        return (
            self.attach, self.move, self.merge, self.part, self.reopen, self.join, self.call,
            self.act, self.correct, self.buy, self.buy, self.cancel,
        )  # fmt: skip

    def open(self) -> None:
        contact, choice = self.contact(), self.choice
        site = choice.random() < 0.7
        source = {"source_id": some_id("source", "site" if site else "pbx")}
        channel = {"channel": "form" if site else "call"}
        inquiry = self.streams.inquiry(
            ("company", self.step, choice.random()),
            contact=contact,
            is_test=choice.random() < 0.1,
            source_key="site" if site else "=1+1",
            campaign=Campaign(
                utm_source=choice.choice([None, "Yandex"]),
                utm_campaign=choice.choice([None, "spring", LONG]),
            ),
            region=choice.choice([None, "Тула"]),
            product_interest=choice.choice([None, "=SUM(A1)"]),
            **source,
            **channel,
        )
        lead = self.streams.opened(
            ("company", self.step, choice.random()),
            inquiry=inquiry,
            contact=contact,
            pipeline=choice.choice(["sales", "service"]),
            is_test=choice.random() < 0.1,
            **source,
            **channel,
        )
        self.births[lead] = contact
        self.place[inquiry] = lead

    def assign(self) -> None:
        lead, manager = self.lead(), self.manager()
        self.streams.assigned(lead, self.births[lead], manager)
        self.held[lead] = manager
        if self.choice.random() < 0.5:
            self.streams.accepted(lead, self.births[lead], manager)

    def decline(self) -> None:
        self._end(LeadDeclined)

    def expire(self) -> None:
        self._end(LeadLeaseExpired, deadline="accept")

    def _end(self, kind: type, **more: str) -> None:
        self.assign()
        lead, manager = self.choice.choice(sorted(self.held.items()))
        if lead not in self.merged:
            members = {"manager_id": manager, "epoch": 1, **more}
            self.streams.on_lead(kind, lead, self.births[lead], **members)
            del self.held[lead]

    def go_on(self) -> None:
        lead, stage = self.lead(), self.choice.choice(["new", "talks", "offer"])
        contact = self.births[lead]
        self.streams.on_lead(LeadStageChanged, lead, contact, from_stage="new", to_stage=stage)

    def sell(self) -> None:
        lead = self.lead()
        amount = self.choice.choice([None, 10, 20.5])
        currency = None if amount is None else self.choice.choice(["RUB", "USD"])
        self.streams.on_lead(LeadWon, lead, self.births[lead], amount=amount, currency=currency)

    def lose(self) -> None:
        lead, reason = self.lead(), self.choice.choice([None, "price", "=1"])
        self.streams.on_lead(LeadLost, lead, self.births[lead], loss_reason=reason)


async def settle(database: Database, door: Door, *, seed: int, steps: int) -> dict[str, str]:
    """Let a company live, and give the days of its life."""
    streams = Company(random.Random(seed), longest_pause=9).live(steps)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    await consume(database, apply_and_tell, events)
    last: date = streams.at.date()
    lines = [
        {"day": str(FIRST), "ad_channel": "yandex", "campaign": "spring"},
        {"day": str(FIRST + timedelta(days=1)), "source": "=1+1"},
    ]
    body = {"lines": [{**line, "amount": 40, "currency": "RUB"} for line in lines]}
    answer = await door.client.put("/v1/spend", json=body, headers=door.as_("admin"))
    assert answer.status_code == 200, answer.text
    return {"from": str(FIRST), "to": str(last + timedelta(days=1)), "tz": "Asia/Tokyo"}
