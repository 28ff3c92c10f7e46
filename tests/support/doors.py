"""A service's own HTTP app in the test's process, with tokens of every role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
from fastapi import FastAPI

from shared.web.tokens import TokenKeys

ISSUED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class Door:
    """Calls one app. `as_` gives the headers of a role."""

    client: httpx.AsyncClient
    keys: TokenKeys

    def as_(
        self, role: str, *, manager_id: UUID | None = None, source_id: UUID | None = None
    ) -> dict[str, str]:
        token = self.keys.mint(role=role, now=ISSUED, manager_id=manager_id, source_id=source_id)
        return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def open_door(app: FastAPI, keys_file: Path) -> AsyncIterator[Door]:
    """The app with its lifespan, reached without a network."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            yield Door(client, TokenKeys(keys_file))
