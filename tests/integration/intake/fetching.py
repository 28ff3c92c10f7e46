"""The fetcher in the test's process, one round at a time, with a provider's server beside it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from services.intake.use_cases.fetch import Fetcher, start_due
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.settling import Normaliser
from shared.web.public_client import PublicClient, open_public_client
from tests.integration.intake.harness import House
from tests.support.document_server import DocumentServer, document_server
from tests.support.thin_notices import CHANNELS, HOST, TARGET


@dataclass(eq=False)
class Desk:
    """`deliver` posts to a source and reads what came, `fetch` is one round of the fetcher."""

    house: House
    documents: DocumentServer
    fetcher: Fetcher

    async def deliver(self, *documents: str, key: str = "thin", **body: Any) -> dict[str, Any]:
        content = json.dumps({"documents": documents, **body}).encode()
        answer = await self.house.hook(key, content, content_type="application/json")
        assert answer.status_code == 200, answer.text
        await self.read()
        return await self.receipt(answer.headers["leadflow-receipt"])

    async def read(self) -> None:
        await self.house.normalise(channels=CHANNELS, target=TARGET)

    async def fetch(self) -> int:
        async with asyncio.TaskGroup() as tasks:
            return await start_due(self.fetcher, tasks)

    async def fetch_all(self) -> None:
        """Rounds until nothing is due any more, and then the submissions are read."""
        while await self.fetch():
            pass
        await self.read()

    async def receipt(self, receipt_id: str) -> dict[str, Any]:
        receipt: dict[str, Any] = await self.house.get(f"/v1/receipts/{receipt_id}")
        return receipt

    async def tries(self, receipt: dict[str, Any]) -> list[dict[str, Any]]:
        detail = await self.house.get(f"/v1/submissions/{receipt['receipt_id']}")
        follow_ups: list[dict[str, Any]] = detail["follow_ups"]
        return follow_ups

    async def names(self) -> list[str]:
        """The names in all inquiries."""
        rows = await self.house.rows("SELECT content FROM inquiry ORDER BY inquiry_id")
        return [row["content"]["contact"]["name"] for row in rows]


@asynccontextmanager
async def open_desk(house: House, **source: Any) -> AsyncIterator[Desk]:
    await house.source(key="thin", adapter="generic-json", **source)
    async with document_server() as documents, open_public_client() as client:
        fetcher = new_fetcher(house, client, documents)
        try:
            yield Desk(house, documents, fetcher)
        finally:
            await fetcher.normaliser.reader.sandbox.close()


def new_fetcher(house: House, client: httpx.AsyncClient, documents: DocumentServer) -> Fetcher:
    normaliser = Normaliser(house.database, Reader(new_sandbox(TARGET), CHANNELS), house.time)
    return Fetcher(
        normaliser,
        PublicClient(client, {HOST: documents.url}),
        most_bytes=1000,
        most_mail_bytes=1000,
        jitter=lambda: 0.0,
    )
