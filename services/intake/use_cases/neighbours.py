"""Asking the other services which inquiries they count: over their APIs, with deadlines.

Its law: a neighbour that does not answer is told apart from one that answers wrongly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from services.intake.settings import Settings
from shared.errors import UnavailableError

SECONDS = 10.0
COMPARED = ("routing", "history", "kpi")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One service as it is reached: `token` gives the services' own for each request."""

    name: str
    url: str
    client: httpx.AsyncClient
    token: Callable[[], str]

    async def buckets(
        self, *, step: str, since: datetime, until: datetime
    ) -> dict[datetime, tuple[int, str]]:
        """Counts and digests by bucket. Raises UnavailableError."""
        asked = {"step": step, "from": since.isoformat(), "to": until.isoformat()}
        found = await self._get("/v1/presence", asked)
        return {
            datetime.fromisoformat(bucket["minute"]): (bucket["count"], bucket["digest"])
            for bucket in found["buckets"]
        }

    async def ids(self, *, minute: datetime) -> dict[UUID, int]:
        """The inquiries of one minute and how often each is counted. Raises UnavailableError."""
        found = await self._get("/v1/presence/ids", {"minute": minute.isoformat()})
        return {UUID(item["inquiry_id"]): item["times"] for item in found["ids"]}

    async def _get(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        try:
            answer = await self.client.get(
                self.url + path,
                params=asked,
                headers={"Authorization": f"Bearer {self.token()}"},
                timeout=SECONDS,
            )
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError, OSError) as error:
            raise UnavailableError(f"{self.name} could not be asked.") from error
        return found


def neighbours_of(
    settings: Settings, client: httpx.AsyncClient, *, token: Callable[[], str]
) -> list[Neighbour | str]:
    """The services that count inquiries; by name only where their address is not known."""
    return [
        Neighbour(name, url, client, token) if (url := settings.service_url(name)) else name
        for name in COMPARED
    ]
