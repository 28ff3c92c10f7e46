"""Two hundred clients of the stream, cut off and back at random: each gets exactly its events."""

import asyncio
import json
import random
from collections import defaultdict
from typing import Any
from uuid import UUID

import pytest

from services.routing.use_cases.stream import reading
from services.routing.use_cases.stream.followers import MAX_WAITING, Follower
from services.routing.use_cases.stream.reading import Hub
from shared.contracts.leads import LeadAccepted, LeadAssigned, LeadLeaseExpired
from shared.contracts.managers import ManagerStatusChanged
from shared.database import transaction
from shared.ids import derived_id, new_id
from shared.messaging.outbox.publish import emit
from tests.integration.routing.harness import Company
from tests.integration.routing.streaming import Client, api_process, follower
from tests.support.waiting import eventually

CLIENTS = 200
LEADS = 60
ROUNDS = 8


class Story:
    """Leads that go from one to the next at random, without any rule but that of ownership."""

    def __init__(self, company: Company, manager_ids: list[UUID]) -> None:
        self.company = company
        self.manager_ids = manager_ids
        self.chance = random.Random(7)
        self.owners: dict[UUID, UUID | None] = {derived_id("lead", n): None for n in range(LEADS)}
        self.expected: dict[UUID, list[str]] = defaultdict(list)
        self.versions: dict[UUID, int] = defaultdict(int)

    def _event(self, lead_id: UUID) -> Any:
        owner, self.versions[lead_id] = self.owners[lead_id], self.versions[lead_id] + 1
        fact = {
            "lead_id": lead_id,
            "contact_id": lead_id,
            "version": self.versions[lead_id],
            "at": self.company.now,
            "epoch": self.versions[lead_id],
        }
        kind = self.chance.choice(["assigned", "assigned", "accepted", "expired"])
        if owner is None or kind == "assigned":
            new = self.chance.choice(self.manager_ids)
            self.owners[lead_id] = new
            for one in dict.fromkeys(item for item in (owner, new) if item is not None):
                self.expected[one].append(f"lead.assigned {lead_id} {self.versions[lead_id]}")
            return LeadAssigned(
                **fact,
                manager_id=new,
                round=1,
                accept_by=self.company.now,
                first_touch_by=self.company.now,
                reason="a word",
            )
        word = "lead.accepted" if kind == "accepted" else "lead.lease_expired"
        self.expected[owner].append(f"{word} {lead_id} {self.versions[lead_id]}")
        if kind == "accepted":
            return LeadAccepted(**fact, manager_id=owner)
        self.owners[lead_id] = None
        return LeadLeaseExpired(**fact, manager_id=owner, deadline="accept")

    async def tell(self, number: int) -> None:
        """Transactions one after the other, some with several events."""
        for _ in range(number):
            async with transaction(self.company.database) as session:
                for lead_id in self.chance.sample(list(self.owners), 5):
                    emit(session, self._event(lead_id), now=self.company.now)


def _had(client: Client) -> list[str]:
    return [
        f"{event['type'].removesuffix('.v1')} {event['key']} {event['data']['version']}"
        for event in client.events
    ]


async def test_each_of_a_crowd_gets_exactly_its_events_in_order(company: Company, url: str) -> None:
    story = Story(company, [new_id() for _ in range(CLIENTS)])
    clients = {one: follower(company, one) for one in story.manager_ids}
    async with api_process(company, url) as first, api_process(company, url) as second:
        urls = [first.url, second.url]
        for client in clients.values():
            client.start(story.chance.choice(urls))
        for client in clients.values():
            await client.joined()
        for _ in range(ROUNDS):
            unlucky = story.chance.sample(list(clients.values()), 30)
            await asyncio.gather(story.tell(10), *(client.kill() for client in unlucky))
            await story.tell(2)
            for client in unlucky:
                client.start(story.chance.choice(urls))
        for one, client in clients.items():
            await client.has(len(story.expected[one]))
        await asyncio.gather(*(client.kill() for client in clients.values()))
    assert sum(map(len, story.expected.values())) > 600
    for one, client in clients.items():
        assert _had(client) == story.expected[one]
        assert "reset" not in client.names


async def test_what_is_committed_is_told_by_its_wake_up(
    company: Company, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "POLL_SECONDS", 3600.0)

    async def carries() -> bool:
        return company.door.app.state.database.wakeup.on_notify is not None

    await eventually(carries, seconds=30, what="the door wakes other processes")
    anna = await company.manager("Анна")
    async with api_process(company, url) as process:
        client = follower(company, anna)
        client.start(process.url)
        await client.joined()
        for number in range(1, 21):
            # By another process than the one that is followed at.
            await company.status(anna, "busy" if number % 2 else "online")
            await client.has(number)
        await client.kill()


async def test_a_slow_reader_is_cut_off_and_slows_nobody(company: Company) -> None:
    hub = Hub(company.database)
    anna = await company.manager("Анна")
    slow, quick = Follower("slow", anna), Follower("quick", anna)
    hub.enter(slow)
    hub.enter(quick)

    async def present() -> bool:
        await hub.advance()
        return hub._present.is_set()

    await eventually(present, seconds=5, what="the present is known")
    messages = hub.follow(slow, None, live=True)
    await anext(messages)
    stuck = asyncio.ensure_future(anext(messages))  # takes one, and then nothing any more
    versions: list[int] = []

    async def read() -> None:
        async for message in hub.follow(quick, None, live=True):
            versions.extend([json.loads(message.data)["version"]] if message.name else [])

    taking = asyncio.create_task(read())

    async def followers() -> int:
        return len(hub._managers[anna])

    await eventually(followers, seconds=5, until=(2).__eq__, what="both follow")
    number = MAX_WAITING + 50
    async with transaction(company.database) as session:
        for _ in range(number):
            event = ManagerStatusChanged(manager_id=anna, status="busy", changed_at=company.now)
            emit(session, event, now=company.now)

    async def count() -> int:
        await hub.advance()
        return len(versions)

    await eventually(count, seconds=5, until=number.__eq__, what="the quick one has them all")
    assert (slow.ended, quick.ended) == (True, False)
    assert versions == sorted(versions)
    hub.leave(quick)
    await asyncio.gather(stuck, taking)
