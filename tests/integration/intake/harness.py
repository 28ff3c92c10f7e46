"""Intake in the test's process: its app, its database, its normaliser, one step at a time."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from services.intake.api import IntakeApp
from services.intake.channels import CHANNELS
from services.intake.channels.apart import TARGET
from services.intake.channels.channel import Channel
from services.intake.repository.sources import find_source
from services.intake.service import INTAKE
from services.intake.settings import Settings
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.pending import settle_small
from services.intake.use_cases.pending_apart import ApartQueue, settle_apart
from services.intake.use_cases.settling import Normaliser
from shared.application import create_app
from shared.database import Database, open_database, transaction
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Progress
from shared.single_process import SingleProcess
from tests.support.patience import patient
from tests.support.signer import Signer, new_signer, sealing_file, sealing_in
from tests.support.waiting import eventually

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(eq=False)
class Time:
    """The moment it is; tests move it."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(eq=False)
class House:
    app: IntakeApp
    client: httpx.AsyncClient
    keys: Signer
    database: Database
    time: Time

    def token(
        self, role: str, *, manager_id: UUID | None = None, source_id: UUID | None = None
    ) -> str:
        return self.keys.mint(
            role=role, now=self.time(), manager_id=manager_id, source_id=source_id
        )

    def as_(self, role: str, **owner: UUID) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, **owner)}"}

    async def get(self, path: str, *, role: str = "admin", **params: Any) -> Any:
        answer = await self.client.get(path, params=params, headers=self.as_(role))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def source(self, **body: Any) -> dict[str, Any]:
        answer = await self.client.post("/v1/sources", json=body, headers=self.as_("admin"))
        assert answer.status_code == 201, answer.text
        source: dict[str, Any] = answer.json()
        return source

    async def native(
        self, body: Mapping[str, Any] | bytes, *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        """Post an inquiry as admin."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        all_headers = {**self.as_("admin"), "content-type": "application/json", **headers}
        if key is not None:
            all_headers["idempotency-key"] = key
        return await self.client.post("/v1/inquiries", content=content, headers=all_headers)

    async def hook(
        self, key: str, body: bytes = b"", *, rest: str = "", **headers: str
    ) -> httpx.Response:
        all_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(f"/v1/hooks/{key}{rest}", content=body, headers=all_headers)

    async def normalise(
        self, *, channels: Mapping[str, Channel] = CHANNELS, target: str = TARGET
    ) -> int:
        """What the normaliser would do until nothing is left to be taken up."""
        normaliser = Normaliser(self.database, Reader(new_sandbox(target), channels), self.time)
        waiting = ApartQueue(normaliser, InFlight(self.database, "normaliser-apart"))
        try:
            number = await settle_small(
                normaliser, InFlight(self.database, "normaliser"), Progress()
            )
            while count := await settle_apart(waiting, Progress()):
                number += count
        finally:
            await normaliser.reader.sandbox.close()
        return number

    async def receipt(self, answer: httpx.Response) -> dict[str, Any]:
        receipt: dict[str, Any] = await self.get(
            f"/v1/receipts/{answer.headers['leadflow-receipt']}"
        )
        return receipt

    async def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        async with transaction(self.database) as session:
            rows = await session.execute(statement, parameters)
            return [dict(row) for row in rows]

    async def change(self, statement: str) -> None:
        """What somebody with the database's password could do."""
        async with transaction(self.database) as session:
            await session.execute(statement)

    async def secrets(self, key: str) -> dict[str, str]:
        """What a source proves itself by, opened."""
        async with transaction(self.database) as session:
            row = await find_source(session, key_or_id=key)
        assert row is not None
        return dict(row.secrets)

    async def count(self, table: str = "submission") -> int:
        return int((await self.rows(f"SELECT count(*) AS n FROM {table}"))[0]["n"])

    async def emitted(self, *types: str) -> list[dict[str, Any]]:
        """The payloads in the journal, in order, each with its type, topic, key and version."""
        rows = await self.rows(
            "SELECT type, topic, key, version, payload, traceparent FROM journal ORDER BY id"
        )
        return [
            {
                **row["payload"],
                "_type": row["type"],
                "_key": row["key"],
                "_trace": row["traceparent"],
            }
            for row in rows
            if not types or row["type"].removesuffix(".v1") in types
        ]


def settings_for(url: str, keys: Path, **more: Any) -> Settings:
    values = {
        "allow_unsafe_database": True,
        "sealing_keys_file": sealing_file(keys.parent),
        **more,
    }
    return Settings(database_url=url, keys_file=keys, **values)


@asynccontextmanager
async def open_house(
    url: str,
    folder: Path,
    *,
    direct_url: str | None = None,
    single: SingleProcess | None = None,
    **settings: Any,
) -> AsyncIterator[House]:
    """The app on `url`; the test's own look at the database goes by `direct_url`."""
    time = Time()
    keys = folder / "keys.json"
    signer = new_signer(keys)
    app = create_app(INTAKE, settings_for(url, keys, **settings), clock=time, single=single)
    assert isinstance(app, IntakeApp)
    app.door.cache.reload_seconds = 0.02
    database = patient(open_database(direct_url or url, service="intake", background=True))
    database.sealing = sealing_in(folder)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://intake") as client,
        ):
            house = House(app, client, signer, database, time)
            await eventually(
                lambda: house.rows("SELECT 1 FROM source WHERE key = 'api'"),
                seconds=10,
                what="the built-in source stands",
            )
            yield house
    finally:
        await database.close()


def one(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    assert len(items) == 1, items
    return items[0]
