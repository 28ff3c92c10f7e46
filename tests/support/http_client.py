"""A service's own HTTP app in the test's process, with tokens of every role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
from fastapi import FastAPI

from shared.clock import Clock
from tests.support.signer import Signer


@dataclass(eq=False)
class Door:
    """Calls one app. `as_` gives the headers of a role."""

    client: httpx.AsyncClient
    keys: Signer
    clock: Clock
    app: FastAPI

    def as_(
        self, role: str, *, manager_id: UUID | None = None, source_id: UUID | None = None
    ) -> dict[str, str]:
        token = self.keys.mint(
            role=role, now=self.clock(), manager_id=manager_id, source_id=source_id
        )
        return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def open_door(app: FastAPI, signer: Signer) -> AsyncIterator[Door]:
    """The app with its lifespan, reached without a network."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            yield Door(client, signer, app.state.clock, app)
