"""The port of the SMTP door: who may connect, and how all leave when the process ends."""

import asyncio
import ssl
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from pathlib import Path

import structlog

from services.intake.routes.smtp.conversation import Conversation
from services.intake.routes.smtp.mails import Envelope, Mails
from services.intake.routes.smtp.wire import READ_BYTES, Wire
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
MAX_CONNECTIONS = 200
DRAIN_SECONDS = 12.0  # for mails that are coming in when the process is asked to end
BEAT_SECONDS = 1.0
BACKLOG = 512


@dataclass(eq=False)
class Listener:
    """`port` is the one it has, once it listens."""

    mails: Mails
    host: str
    port: int
    max_of_peer: int
    conversations: set[Conversation] = field(default_factory=set)
    peers: Counter[str] = field(default_factory=Counter)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def loop(self) -> Loop:
        return Loop("smtp", self._run)

    async def _run(self, progress: Progress) -> None:
        server = await asyncio.start_server(
            self._accept, self.host, self.port, limit=READ_BYTES, backlog=BACKLOG
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            while True:
                progress.beat()
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            server.close()
            await self._drain()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = (writer.get_extra_info("peername") or ("",))[0]
        peer = network_of(address)
        conversation = Conversation(self.mails, Wire(reader, writer), Envelope(address))
        self.conversations.add(conversation)
        self.peers[peer] += 1
        try:
            if len(self.conversations) > MAX_CONNECTIONS or self.peers[peer] > self.max_of_peer:
                writer.write(b"421 4.7.0 Too many connections\r\n")
            else:
                await conversation.run()
        finally:
            self.conversations.discard(conversation)
            self.peers[peer] -= 1
            if not self.peers[peer]:
                del self.peers[peer]
            if not self.conversations:
                self._idle.set()
            with suppress(OSError):
                writer.close()

    async def _drain(self) -> None:
        """Let everybody finish the mail that is coming in, then go."""
        for conversation in self.conversations:
            conversation.leave()
        if self.conversations:
            self._idle.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    await self._idle.wait()
        for conversation in self.conversations:
            conversation.wire.writer.transport.abort()


def network_of(address: str) -> str:
    """What counts as one peer: an address, of IPv6 its network of 64 bits."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or int(ip) >> 64)
    return str(ip)


@dataclass(eq=False)
class Certificate:
    """The context for TLS, made anew when the files change."""

    certificate: Path
    key: Path
    _context: ssl.SSLContext | None = None
    _changed_at: tuple[int, int] = (0, 0)

    def __call__(self) -> ssl.SSLContext:
        """Raises OSError, ssl.SSLError included, when the files make no certificate."""
        changed_at = self.certificate.stat().st_mtime_ns, self.key.stat().st_mtime_ns
        if self._context is None or changed_at != self._changed_at:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificate, self.key)
            self._context, self._changed_at = context, changed_at
        return self._context
