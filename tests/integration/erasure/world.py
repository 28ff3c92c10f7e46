"""All four services in the test's process, joined by their journals, one step at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.history.service import HISTORY
from services.history.settings import Settings as HistorySettings
from services.intake.use_cases.erasure.confirm import ask_peers
from services.intake.use_cases.erasure.finish import finish_slice
from services.intake.use_cases.peers import COMPARED, Peer
from services.kpi.service import KPI
from services.kpi.settings import Settings as KpiSettings
from services.kpi.use_cases.settling import settle
from services.routing.service import ROUTING
from services.routing.settings import Settings as RoutingSettings
from shared.application import create_app
from shared.contracts.catalog import consumed_by
from shared.database import Database, open_database, transaction
from shared.messaging.consumer.apply import take
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.erasures import finish_next
from shared.messaging.decoding import ReceivedEvent
from shared.runtime.loop import Progress
from shared.service import Service
from tests.integration.intake.harness import House, open_house
from tests.support.http_client import Door, open_door
from tests.support.infrastructure import DatabaseFactory
from tests.support.journal_events import journal_events
from tests.support.signer import new_signer, sealing_file

DECLARATIONS: Mapping[str, Service[Any]] = {"routing": ROUTING, "history": HISTORY, "kpi": KPI}
_COLUMNS = """
SELECT c.table_name AS t, c.column_name AS c, c.data_type AS d
FROM information_schema.columns AS c JOIN information_schema.tables USING (table_name)
WHERE c.table_schema = 'public' AND table_type = 'BASE TABLE'
"""


@dataclass(eq=False)
class World:
    """`doors` and `databases` are those of the services; intake's are the house's."""

    house: House
    doors: Mapping[str, Door]
    databases: Mapping[str, Database]
    delivered: list[ReceivedEvent] = field(default_factory=list)

    @property
    def peers(self) -> Sequence[Peer | str]:
        return [
            Peer(name, "http://door", door.client, lambda door=door: _token(door))  # type: ignore[misc]
            for name, door in self.doors.items()
        ]

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        *,
        role: str = "admin",
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Any:
        door = self.doors[service]
        answer = await door.client.request(
            method,
            path,
            headers={**door.as_(role), **(headers or {})},
            json=body or None,
        )
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def deliver(self, events: Sequence[ReceivedEvent] | None = None) -> None:
        """Let what was emitted since the last time take effect everywhere, or these events."""
        if events is not None:
            await self._take(events)
        while items := await self._fresh():  # history's own events come back to routing and kpi
            await self._take(items)

    async def _fresh(self) -> list[ReceivedEvent]:
        ids = {item.envelope.event_id for item in self.delivered}
        items = [item for item in await self.emitted() if item.envelope.event_id not in ids]
        self.delivered += items
        return items

    async def _take(self, items: Sequence[ReceivedEvent]) -> None:
        for name, declaration in DECLARATIONS.items():
            topics = consumed_by(name)
            own = [item for item in items if item.envelope.topic in topics]
            assert declaration.handle is not None
            consumer = Consumer(self.databases[name], name, declaration.handle, self.house.time)
            async with transaction(self.databases[name]) as session:
                await take(consumer, session, own)

    async def emitted(self) -> list[ReceivedEvent]:
        """All journals as they stand."""
        databases = [self.house.database, *self.databases.values()]
        return [item for one in databases for item in await journal_events(one)]

    async def erase(self, contact_id: str) -> Any:
        """Erase in intake, tell the others, and finish everywhere."""
        preview = await self.house.get(f"/v1/contacts/{contact_id}/erasure-preview")
        answer = await self.house.client.post(
            f"/v1/contacts/{contact_id}/erase",
            json={"reason": "requested"},
            headers={**self.house.as_("admin"), "if-match": str(preview["version"])},
        )
        assert answer.status_code == 200, answer.text
        await self.finish()
        return answer.json()

    async def finish(self) -> None:
        while await finish_slice(self.house.database, clock=self.house.time):
            pass
        await self.deliver()
        for name, declaration in DECLARATIONS.items():
            forgetting = declaration.forgetting
            assert forgetting is not None
            while await finish_next(
                self.databases[name], forgetting, clock=self.house.time, progress=Progress()
            ):
                pass
        await ask_peers(self.house.database, self.peers, clock=self.house.time)

    async def texts(self) -> dict[str, list[str]]:
        """Every value of every row of every database, as text."""
        databases = {"intake": self.house.database, **self.databases}
        return {name: await texts_of(database) for name, database in databases.items()}

    async def figures(self) -> dict[str, Any]:
        """What kpi, routing and history count."""
        await settle(self.databases["kpi"])
        reports = {
            path: await self.ask("kpi", "GET", f"{path}?from=2026-03-01&to=2026-04-01")
            for path in ("/v1/funnel", "/v1/response-times", "/v1/managers", "/v1/sources")
        }
        counts = {}
        for name, statement in _COUNTS.items():
            service, _, _ = name.partition(" ")
            async with transaction(self.databases[service]) as session:
                counts[name] = [
                    tuple(dict(row).values()) for row in await session.execute(statement)
                ]
        return {**reports, **counts}


_COUNTS = {
    "routing leads": "SELECT state, stage, pool, channel, count(*), sum(amount) FROM lead"
    " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    "routing loads": "SELECT manager_id, reserved_milli FROM manager ORDER BY 1",
    "history entries": "SELECT kind, count(*), min(at), max(at) FROM timeline_entry"
    " WHERE kind <> 'contact.erased' GROUP BY 1 ORDER BY 1",
    "history activities": "SELECT kind, direction, count(*), min(at) FROM activity"
    " GROUP BY 1, 2 ORDER BY 1, 2",
}


async def texts_of(database: Database) -> list[str]:
    values = []
    async with transaction(database) as session:
        for row in await session.execute(_COLUMNS):
            column = f'"{row.c}"'
            text = f"encode({column}, 'escape')" if row.d == "bytea" else f"CAST({column} AS text)"
            rows = await session.execute(f'SELECT {text} FROM "{row.t}" WHERE {column} IS NOT NULL')
            values += [f"{row.t}.{row.c}: {value}" for value in rows.scalars()]
    return values


def _token(door: Door) -> str:
    return door.as_("service")["Authorization"].removeprefix("Bearer ")


@asynccontextmanager
async def open_world(migrated_database: DatabaseFactory, folder: Path) -> AsyncIterator[World]:
    urls = {name: await migrated_database(name) for name in ("intake", *COMPARED)}
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(urls["intake"], folder))
        doors, databases = {}, {}
        for name, declaration in DECLARATIONS.items():
            keys = folder / f"keys-{name}.json"
            signer = new_signer(keys)
            settings = _settings(name, urls[name], keys)
            app = create_app(declaration, settings, clock=house.time)
            doors[name] = await stack.enter_async_context(open_door(app, signer))
            databases[name] = open_database(urls[name], service=name, background=True)
            stack.push_async_callback(databases[name].close)
        world = World(house, doors, databases)
        house.app.state.peers = world.peers
        yield world


def _settings(name: str, url: str, keys: Path) -> Any:
    values: dict[str, Any] = {
        "database_url": url,
        "keys_file": keys,
        "allow_unsafe_database": True,
    }
    if name == "routing":
        return RoutingSettings(**values, sealing_keys_file=sealing_file(keys.parent))
    return HistorySettings(**values) if name == "history" else KpiSettings(**values)
