"""Lines and bytes of one connection, each waited for no longer than a peer may take."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from services.intake.routes.smtp.commands import LONGEST_LINE

READ_BYTES = 65_536
COMMAND_SECONDS = 60.0  # until the next command, or the next bytes of a mail


class LeftError(Exception):
    """The peer has closed the connection, or it was told that we do."""


@dataclass(eq=False)
class Wire:
    """`waits` while it waits for a command; `buffer` is what came and is not read yet."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    waits: bool = False
    buffer: bytes = b""

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace"))
        async with asyncio.timeout(COMMAND_SECONDS):
            await self.writer.drain()

    async def last_word(self, line: str) -> None:
        with suppress(OSError, TimeoutError):
            await self.say(line)

    async def end(self, line: str) -> NoReturn:
        await self.last_word(line)
        raise LeftError

    async def line(self) -> bytes:
        """The next command. Raises LeftError, TimeoutError."""
        while b"\n" not in self.buffer:
            if len(self.buffer) > LONGEST_LINE:
                await self.end("500 5.5.6 Line too long")
            self.waits = True
            try:
                self.buffer += await self.read()
            finally:
                self.waits = False
        line, _, self.buffer = self.buffer.partition(b"\n")
        if not line.endswith(b"\r") or len(line) > LONGEST_LINE:
            await self.end("500 5.5.2 Lines end in CR LF and are not longer than that")
        return line[:-1]

    async def read(self) -> bytes:
        """The next bytes. Raises LeftError, TimeoutError."""
        async with asyncio.timeout(COMMAND_SECONDS):
            piece = await self.reader.read(READ_BYTES)
        if not piece:
            raise LeftError
        return piece

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Raises LeftError, also if something was sent after the command.

        It must not be taken for what is said under the seal.
        """
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                self.buffer += await self.reader.read(1)
        if self.buffer:
            await self.end("501 5.5.4 Nothing may follow STARTTLS")
        await self.say("220 2.0.0 Ready for TLS")
        try:
            await self.writer.start_tls(context, ssl_handshake_timeout=COMMAND_SECONDS)
        except OSError:
            raise LeftError from None
