"""A mail server on the loopback that says to each command what a test wants, or hangs up."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

GREETING, CONTENT = "greeting", "content"  # what is answered and is no command
_USUAL = {GREETING: "220 ready", "DATA": "354 go on", "QUIT": "221 bye", "STARTTLS": "220 go on"}


@dataclass(eq=False)
class ScriptedServer:
    """`answers` by the whole line that was said, or by its first word; at None it hangs up. It
    `offers` these extensions, by `tls` it speaks TLS when it is asked to.
    """

    answers: Mapping[str, str | None] = field(default_factory=dict)
    offers: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    port: int = 0
    lines: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)

    def answer_to(self, line: str) -> str | None:
        word = line.split(" ", 1)[0].upper() if line not in {GREETING, CONTENT} else line
        if word == "EHLO" and word not in self.answers:
            return "\r\n".join(["250-here", *(f"250-{offer}" for offer in self.offers), "250 SIZE"])
        usual = _USUAL.get(word, "235 in" if word == "AUTH" else "250 OK")
        return self.answers.get(line, self.answers.get(word, usual))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = GREETING
        try:
            while (answer := self.answer_to(line)) is not None:
                writer.write(f"{answer}\r\n".encode())
                await writer.drain()
                if line.upper() == "STARTTLS" and self.tls is not None:
                    await writer.start_tls(self.tls)
                if answer.startswith("354"):
                    self.contents.append(await reader.readuntil(b"\r\n.\r\n"))
                    line = CONTENT
                else:
                    line = (await reader.readuntil(b"\r\n")).decode().rstrip("\r\n")
                    self.lines.append(line)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def scripted_server(
    answers: Mapping[str, str | None] | None = None,
    *,
    offers: tuple[str, ...] = (),
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[ScriptedServer]:
    script = ScriptedServer(answers or {}, offers, tls)
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    async with server:
        yield script
