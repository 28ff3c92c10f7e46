"""A receiver of webhooks on the loopback that answers as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook


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
    answer: Callable[[Request], tuple[int, dict[str, str], bytes]] = lambda _: (200, {}, b"ok")
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: list[Request] = field(default_factory=list)
    most_together: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(": ") for line in head[1:] if line)
            headers = {name.lower(): value for name, _, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Request(head[0].split(" ")[1], headers, body)
            self.requests.append(request)
            self.under_way.append(request)
            self.most_together = max(self.most_together, len(self.under_way))
            await self.gate.wait()
            status, more, content = self.answer(request)
            lines = [f"{name}: {value}" for name, value in more.items()]
            length = f"content-length: {len(content)}"
            text = "\r\n".join([f"HTTP/1.1 {status} X", length, *lines, "", ""])
            self.under_way.remove(request)
            writer.write(text.encode() + content)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    found.gate.set()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    found.url = f"http://{host}:{port}"
    async with server:
        yield found
        found.gate.set()
