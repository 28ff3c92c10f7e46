"""What another service has consumed, over HTTP: see `shared.messaging.heights.Consumed`."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from shared.messaging.heights import Digest, HeightsPage, RangeDigest
from shared.web.journal_client import ask, read


@dataclass(frozen=True, slots=True)
class HttpConsumed:
    """The consumer below `base_url`; the caller owns the client and closes it."""

    base_url: str
    token: Callable[[], str]
    client: httpx.AsyncClient = field(repr=False)

    async def digest(self, topic: str, *, after: str) -> RangeDigest:
        url = f"{self.base_url}/v1/consumed/digest"
        params = {"topic": topic, "after": after}
        answer = await ask(self.client, "GET", url, token=self.token, params=params)
        return read(
            lambda part: RangeDigest(
                Digest(int(part["streams"]), int(part["digest"])),
                str(part["last"]),
                bool(part["more"]),
            ),
            answer,
        )

    async def heights(self, topic: str, *, after: str, until: str) -> HeightsPage:
        url = f"{self.base_url}/v1/consumed/heights"
        params = {"topic": topic, "after": after, "until": until}
        answer = await ask(self.client, "GET", url, token=self.token, params=params)
        return read(
            lambda page: HeightsPage(
                {str(key): int(height) for key, height in page["heights"].items()},
                bool(page["more"]),
            ),
            answer,
        )
