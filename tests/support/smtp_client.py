"""A client of SMTP that says exactly what a test wants said, and reads the answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(eq=False)
class SmtpClient:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> str:
        """The whole next answer, its lines joined; empty when the connection has ended."""
        lines = []
        async with asyncio.timeout(60):
            while line := (await self.reader.readline()).decode():
                lines.append(line.rstrip("\r\n"))
                if line[3:4] != "-":
                    break
        return "\n".join(lines)

    async def say(self, line: str | bytes) -> str:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        await self.writer.drain()
        return await self.answer()

    async def say_all(self, *lines: str) -> list[str]:
        return [await self.say(line) for line in lines]

    async def mail(self, content: bytes, *recipients: str, sender: str = "anna@example.com") -> str:
        """Send one mail as it is, its dots included; gives the last answer."""
        assert (await self.say(f"MAIL FROM:<{sender}>"))[:3] == "250"
        for recipient in recipients:
            answer = await self.say(f"RCPT TO:<{recipient}>")
            if answer[:3] != "250":
                await self.say("RSET")
                return answer
        assert (await self.say("DATA"))[:3] == "354"
        self.writer.write(content + b"\r\n.\r\n")
        await self.writer.drain()
        return await self.answer()


@asynccontextmanager
async def smtp_client(port: int, *, hello: str | None = "EHLO client") -> AsyncIterator[SmtpClient]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client = SmtpClient(reader, writer)
    try:
        assert (await client.answer()).startswith("220 ")
        if hello:
            assert (await client.say(hello)).startswith("250")
        yield client
    finally:
        writer.close()
