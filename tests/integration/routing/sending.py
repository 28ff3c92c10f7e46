"""The sender of webhooks, one round at a time at the company's time, with receivers beside it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from services.routing.use_cases.webhooks.attempts import Sender
from services.routing.use_cases.webhooks.sender import Rounds, start_due
from shared.web.public_client import open_public_client
from shared.web.receiver_client import ReceiverClient
from tests.integration.routing.harness import Company
from tests.support.receiver import Receiver, Request, receiver


@dataclass(eq=False)
class Post:
    """`round` begins what is due and waits for it; `deliver` goes on until nothing is due."""

    company: Company
    rounds: Rounds
    receivers: list[Receiver] = field(default_factory=list)

    async def add(self, to: Receiver, *, path: str = "/", **fields: Any) -> dict[str, Any]:
        body = {"name": "a receiver", "url": to.url + path, **fields}
        answer = await self.company.ask("POST", "/v1/webhooks", json=body)
        assert answer.status_code == 201, answer.text
        webhook: dict[str, Any] = answer.json()
        return webhook

    async def begin(self, tasks: asyncio.TaskGroup) -> None:
        await start_due(self.rounds, tasks)
        while self.rounds.frontier.unsettled:  # what one look has seen, the next knows to be whole
            await start_due(self.rounds, tasks)

    async def round(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            await self.begin(tasks)

    async def deliver(self, to: Receiver) -> list[dict[str, Any]]:
        """What the receiver has got when no round brings more."""
        number = -1
        while number != len(to.requests):
            number = len(to.requests)
            await self.round()
        return [json.loads(request.body) for request in to.requests]

    async def webhook(self, webhook: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = await self.company.get(f"/v1/webhooks/{webhook['webhook_id']}")
        return found

    async def log(self, webhook: dict[str, Any]) -> list[dict[str, Any]]:
        """The tries, the oldest first."""
        path = f"/v1/webhooks/{webhook['webhook_id']}/deliveries"
        page = await self.company.get(path, params={"limit": "200"})
        items: list[dict[str, Any]] = page["items"]
        return items[::-1]

    async def again(self, webhook: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
        path = f"/v1/webhooks/{webhook['webhook_id']}/{what}"
        answer = await self.company.ask("POST", path, json=body or None)
        assert answer.status_code in {200, 202}, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def open_post(company: Company, *, private: bool = True) -> AsyncIterator[Post]:
    """With one receiver; `jitter` is at its longest, so that the times of tries are known."""
    async with open_public_client() as client, receiver() as first:
        sender = Sender(
            company.database,
            ReceiverClient(client, private=private),
            lambda: company.now,
            lambda: 1.0,
        )
        yield Post(company, Rounds(sender), [first])


def versions(requests: list[Request], key: str) -> list[int]:
    """Of the events of one stream, as they came."""
    bodies = [json.loads(request.body) for request in requests]
    return [body["data"]["event"]["version"] for body in bodies if body["subject"] == key]


async def new_lead(post: Post, who: str = "customer") -> str:
    """The id of a lead with three events."""
    if not await post.company.rows("SELECT 1 FROM manager"):
        await post.company.manager("Анна", capacity=100)
    lead = await post.company.assigned(who)
    lead = await post.company.perform("accept", lead)
    return str(lead["lead_id"])
