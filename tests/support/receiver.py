"""A receiver of webhooks on the loopback that answers as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

from tests.support.loopback import Answer, Asked, served


@dataclass(frozen=True)
class Request:
    """`headers` by their names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """The content, if the signature is good. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass(eq=False)
class Receiver:
    """`answer` gives status, headers and body; while `gate` is not set nobody is answered.

    `under_way` are the requests that are not answered yet, `most_together` the most of them.
    """

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answer: Callable[[Request], Answer] = lambda _: (200, {}, b"ok")
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: list[Request] = field(default_factory=list)
    most_together: int = 0

    async def serve(self, asked: Asked) -> Answer:
        request = Request(asked.path, asked.headers, asked.body)
        self.requests.append(request)
        self.under_way.append(request)
        self.most_together = max(self.most_together, len(self.under_way))
        await self.gate.wait()
        answer = self.answer(request)
        self.under_way.remove(request)
        return answer


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    found.gate.set()
    async with served(found.serve) as found.url:
        yield found
        found.gate.set()
