"""A provider's server on the loopback that gives documents, and answers as the test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.loopback import Answer, Asked, served


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

    async def answer(self, request: Asked) -> Answer:
        self.asked.append(request.head)
        self.on_ask()
        await self.gate.wait()
        status, body, headers = self.answers.get(request.path, (404, b"", {}))
        return status, headers, body


@asynccontextmanager
async def document_server() -> AsyncIterator[DocumentServer]:
    documents = DocumentServer()
    documents.gate.set()
    async with served(documents.answer) as documents.url:
        yield documents
        documents.gate.set()
