"""A provider's server on the loopback that gives documents, and answers as the test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(eq=False)
class DocumentServer:
    """`answers`: path → status, body and further headers, else 404; `on_ask` is called before.

    `asked` are the heads of the requests, in the order of their arrival; while `gate` is not set
    nobody is answered.
    """

    url: str = ""
    answers: dict[str, tuple[int, bytes, dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    on_ask: Callable[[], None] = lambda: None

    def give(self, path: str, body: bytes = b"", *, status: int = 200, **headers: str) -> None:
        self.answers[path] = (
            status,
            body,
            {name.replace("_", "-"): value for name, value in headers.items()},
        )

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.asked.append(head)
            self.on_ask()
            await self.gate.wait()
            path = head.split(" ", 2)[1]
            status, body, headers = self.answers.get(path, (404, b"", {}))
            lines = [f"{name}: {value}" for name, value in headers.items()]
            head = "\r\n".join(
                [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *lines, "", ""]
            )
            writer.write(head.encode() + body)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def document_server() -> AsyncIterator[DocumentServer]:
    documents = DocumentServer()
    documents.gate.set()
    server = await asyncio.start_server(documents.answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    documents.url = f"http://{host}:{port}"
    async with server:
        yield documents
        documents.gate.set()
