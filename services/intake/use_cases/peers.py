"""The sides of a comparison: our own accounts, and the other services by their APIs."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import httpx

from services.intake.settings import Settings
from shared.database import Database, transaction
from shared.errors import UnavailableError
from shared.reconciliation.digests import Account, Digest, Ledger, list_digests, list_ids

SECONDS = 10.0
COMPARED = ("routing", "history", "kpi")
PAGE = 5000  # digests or ids of our own that are read at once
MAX_PAGES = 200  # of one answer, in case a peer never comes to an end

Digests = dict[datetime, Digest]


class Side(Protocol):
    """One of the two that are compared. Both methods raise UnavailableError."""

    async def digests(self, *, step: str, since: datetime, until: datetime) -> Digests: ...

    async def ids(self, *, minute: datetime) -> dict[UUID, int]:
        """The ids of one minute and how often each is counted."""
        ...


@dataclass(frozen=True, slots=True)
class Own:
    """One of our own accounts."""

    database: Database
    ledger: Ledger
    account: Account

    async def digests(self, *, step: str, since: datetime, until: datetime) -> Digests:
        async with transaction(self.database) as session:
            items = await list_digests(
                session,
                self.ledger,
                self.account,
                step=step,
                since=since,
                until=until,
                limit=PAGE * MAX_PAGES,
            )
        return {item.begins_at: item for item in items}

    async def ids(self, *, minute: datetime) -> dict[UUID, int]:
        times: dict[UUID, int] = {}
        after = None
        while True:
            async with transaction(self.database) as session:
                rows = await list_ids(session, self.account, minute=minute, after=after, limit=PAGE)
            times.update(rows)
            if len(rows) < PAGE:
                return times
            after = rows[-1][0]


@dataclass(frozen=True, slots=True)
class Peer:
    """Another service by its API; `token` returns the service token for each request."""

    name: str
    url: str
    client: httpx.AsyncClient
    token: Callable[[], str]

    async def digests(self, *, step: str, since: datetime, until: datetime) -> Digests:
        params = {"step": step, "from": since.isoformat(), "to": until.isoformat()}
        return {
            (begins_at := datetime.fromisoformat(item["begins_at"])): Digest(
                begins_at, item["count"], item["digest"]
            )
            async for page in self._pages("/v1/reconciliation", params, next_param="from")
            for item in page["digests"]
        }

    async def ids(self, *, minute: datetime) -> dict[UUID, int]:
        params = {"minute": minute.isoformat()}
        return {
            UUID(item["inquiry_id"]): item["times"]
            async for page in self._pages("/v1/reconciliation/ids", params, next_param="after")
            for item in page["ids"]
        }

    async def find(self, path: str) -> dict[str, Any] | None:
        """What stands at a path, None if nothing does. Raises UnavailableError."""
        return await self._get(path, {}, missing=True)

    async def _pages(
        self, path: str, params: dict[str, str], *, next_param: str
    ) -> AsyncIterator[dict[str, Any]]:
        for _ in range(MAX_PAGES):
            page = await self._get(path, params)
            assert page is not None
            yield page
            if page["next"] is None:
                return
            params = {**params, next_param: page["next"]}
        raise UnavailableError(f"{self.name} came to no end.")

    async def _get(
        self, path: str, params: dict[str, str], *, missing: bool = False
    ) -> dict[str, Any] | None:
        try:
            response = await self.client.get(
                self.url + path,
                params=params or None,
                headers={"Authorization": f"Bearer {self.token()}"},
                timeout=SECONDS,
            )
            if missing and response.status_code == httpx.codes.NOT_FOUND:
                return None
            response.raise_for_status()
            page: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError, OSError) as error:
            raise UnavailableError(f"{self.name} could not be asked.") from error
        return page


def peers_of(
    settings: Settings, client: httpx.AsyncClient, *, token: Callable[[], str]
) -> list[Peer | str]:
    """The services that count inquiries; only the name of one without a configured address."""
    return [
        Peer(name, url, client, token) if (url := settings.service_url(name)) else name
        for name in COMPARED
    ]
