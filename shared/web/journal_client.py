"""Another service's journal over HTTP, with a deadline and the services' own token.

Whatever keeps the answer away is an outage; it never means that nothing was emitted.
"""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import httpx

from shared.contracts.envelope import Envelope
from shared.errors import UnavailableError
from shared.messaging.outbox.walking import HeadsPage, JournalState, Position, Range
from shared.web import journal_json

DEADLINE_SECONDS = 10.0

T = TypeVar("T")


@cache
def certificates() -> ssl.SSLContext:
    """What servers are verified by; loading it takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


def open_client() -> httpx.AsyncClient:
    """A client for calls between the services: no proxies, no redirects, bounded in every phase."""
    return httpx.AsyncClient(
        verify=certificates(),
        timeout=httpx.Timeout(DEADLINE_SECONDS, connect=3.0),
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=4),
        trust_env=False,
        follow_redirects=False,
    )


@dataclass(frozen=True, slots=True)
class HttpJournal:
    """The journal below `base_url`; the caller owns the client and closes it. See `Journal`."""

    base_url: str
    token: Callable[[], str]
    client: httpx.AsyncClient = field(repr=False)

    async def state(self, topics: Sequence[str], *, hurry: bool = False) -> JournalState:
        params = {"topic": list(topics), "hurry": hurry}
        answer = await self._ask("GET", "state", params=params)
        return read(journal_json.state_from_json, answer)

    async def heads(self, topic: str, *, after: Position, until: int) -> HeadsPage:
        place = journal_json.position_as_text(after)
        params = {"topic": topic, "after": place, "until": str(until)}
        return read(journal_json.heads_from_json, await self._ask("GET", "heads", params=params))

    async def lacking(self, ranges: Sequence[Range]) -> Sequence[Envelope]:
        wishes = [
            {"topic": topic, "key": key, "after": after, "until": until}
            for (topic, key), after, until in ranges
        ]
        answer = await self._ask("POST", "lacking", json={"ranges": wishes})
        return read(lambda page: journal_json.envelopes_from_json(page["items"]), answer)

    async def _ask(self, method: str, what: str, **content: Any) -> Any:
        url = f"{self.base_url}/v1/journal/{what}"
        return await ask(self.client, method, url, token=self.token, **content)


async def ask(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    token: Callable[[], str],
    params: Mapping[str, Any] | None = None,
    json: Mapping[str, Any] | None = None,
) -> Any:
    """The JSON that another service answers. Raises UnavailableError."""
    try:
        answer = await client.request(
            method, url, params=params, json=json, headers={"Authorization": f"Bearer {token()}"}
        )
        answer.raise_for_status()
        return answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise UnavailableError("Another service cannot be asked now.") from error


def read(reader: Callable[[Any], T], answer: Any) -> T:
    try:
        return reader(answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnavailableError("Another service answers strangely.") from error
