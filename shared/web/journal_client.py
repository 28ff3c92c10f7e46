"""Another service's journal over HTTP, with a deadline and the services' own token.

One law: whatever keeps the answer away is an outage; it never means that nothing was said.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from shared.errors import UnavailableError
from shared.messaging.journal import PAGE, JournalPage, from_json

DEADLINE_SECONDS = 10.0


def open_client() -> httpx.AsyncClient:
    """A client for calls between the services: no proxies, no redirects, bounded in every phase."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(DEADLINE_SECONDS, connect=3.0),
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=4),
        trust_env=False,
        follow_redirects=False,
    )


@dataclass(frozen=True, slots=True)
class HttpJournal:
    """The journal below `base_url`; the caller owns the client and closes it."""

    base_url: str
    token: Callable[[], str]
    client: httpx.AsyncClient = field(repr=False)

    async def page(
        self,
        *,
        topic: str | None = None,
        key: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> JournalPage:
        """Raises UnavailableError."""
        asked = {"topic": topic, "key": key, "after": after, "limit": str(limit)}
        try:
            answer = await self.client.get(
                f"{self.base_url}/v1/journal",
                params={name: value for name, value in asked.items() if value is not None},
                headers={"Authorization": f"Bearer {self.token()}"},
            )
            answer.raise_for_status()
            return from_json(answer.json())
        except (httpx.HTTPError, OSError, KeyError, TypeError, ValueError) as error:
            raise UnavailableError("Another service's journal cannot be read now.") from error
