"""Alerts at a time of our choosing: the door, one look at every rule, and one round of sending."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.kpi.handlers import apply
from services.kpi.repository.alerts.rules import list_active
from services.kpi.service import KPI
from services.kpi.settings import Settings
from services.kpi.use_cases.alerts.send import tries_of
from services.kpi.use_cases.alerts.watch import look
from services.kpi.use_cases.deliveries.sending import Sender
from services.kpi.use_cases.deliveries.tries import Tries, start_waiting
from shared.application import create_app
from shared.database import Database, reading
from shared.mailing import MailServer
from shared.web.public_client import open_public_client
from shared.web.receiver_client import ReceiverClient
from tests.support.event_streams import MORNING, EventStreams, consume
from tests.support.http_client import Door, open_door
from tests.support.signer import new_signer, sealing_file


@dataclass(eq=False)
class Alerting:
    """`sender` sends with the longest jitter, so that the times of tries are known."""

    database: Database
    door: Door
    sender: Sender
    clock: list[datetime]
    streams: EventStreams = field(default_factory=EventStreams)

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def pass_time(self, **span: float) -> None:
        self.clock[0] += timedelta(**span)

    async def consume(self) -> None:
        await consume(self.database, apply, self.streams.events)

    async def ask(self, method: str, path: str, *, role: str = "admin", **more: Any) -> Any:
        headers = self.door.as_(role) | more.pop("headers", {})
        return await self.door.client.request(method, path, headers=headers, **more)

    async def add(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.ask("POST", path, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def items(self, path: str) -> list[dict[str, Any]]:
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        listed: list[dict[str, Any]] = answer.json()["items"]
        return listed

    async def look(self) -> None:
        async with reading(self.database) as session:
            active = await list_active(session)
        for item in active:
            await look(self.database, item.rule.rule_id, now=self.now)

    async def send(self) -> None:
        await send_all(tries_of(self.sender))


async def send_all(tries: Tries[Any]) -> None:
    """One round after the other, until nothing is due."""
    is_more = True
    while is_more:
        async with asyncio.TaskGroup() as tasks:
            is_more = await start_waiting(tries, tasks)


@asynccontextmanager
async def open_alerting(
    url: str, folder: Path, *, mail: MailServer | None = None
) -> AsyncIterator[Alerting]:
    keys = folder / "keys.json"
    clock = [MORNING + timedelta(hours=1)]
    settings = Settings(
        database_url=SecretStr(url),
        keys_file=keys,
        allow_unsafe_database=True,
        sealing_keys_file=sealing_file(folder),
        webhooks_to_private=True,
    )
    signer = new_signer(keys)
    database = KPI.open_database(settings, single=None, background=True)
    try:
        async with (
            open_door(create_app(KPI, settings, clock=lambda: clock[0]), signer) as door,
            open_public_client() as client,
        ):
            receivers = ReceiverClient(client, private=True)
            sender = Sender(database, receivers, mail, lambda: clock[0], lambda: 1.0)
            yield Alerting(database, door, sender, clock)
    finally:
        await database.close()


HEAD = {"mails": ["head@company.example"], "language": "ru"}


async def a_rule(alerting: Alerting, *recipients: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {
        "name": "Мало обращений",
        "indicator": "received",
        "comparison": "below",
        "threshold": 3,
        "recipient_ids": [item["recipient_id"] for item in recipients],
    }
    return await alerting.add("/v1/alert-rules", **(body | more))
