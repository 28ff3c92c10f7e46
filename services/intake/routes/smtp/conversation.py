"""One connection of a mail server or program, from its greeting to its leaving.

Invariant: every command is answered, and whatever goes wrong on our side is 4xx: the sender keeps
the mail and comes again.
"""

import asyncio
from dataclasses import dataclass, field

from services.intake.repository.sources import SourceRow
from services.intake.routes.smtp.commands import (
    Command,
    Path,
    SyntaxRefusal,
    command,
    path,
)
from services.intake.routes.smtp.data import DataReader
from services.intake.routes.smtp.mails import Envelope, Mails
from services.intake.routes.smtp.wire import LeftError, Wire
from shared.errors import ServiceError
from shared.spool import Spool

MAIL_SECONDS = 900.0  # for all bytes of a mail
MAX_RECIPIENTS = 100  # of one mail
MAX_ERRORS = 20  # commands in a row that give no mail
_BODIES = frozenset({"", "7BIT", "8BITMIME"})
_ANSWERS = {
    "RSET": "250 2.0.0 Ok",
    "NOOP": "250 2.0.0 Ok",
    "VRFY": "252 2.5.0 Send the mail and see",
}
_GOODBYE = "421 4.3.2 Going down, come again"


@dataclass(eq=False)
class Conversation:
    """`leave` ends it at its next command."""

    mails: Mails
    wire: Wire
    envelope: Envelope
    errors: int = 0
    leaving: bool = False
    has_mail: bool = False  # MAIL was accepted
    rows: dict[object, tuple[SourceRow, list[str]]] = field(default_factory=dict)
    _task: "asyncio.Task[None] | None" = None

    async def run(self) -> None:
        self._task = asyncio.current_task()
        try:
            await self.wire.say(f"220 {self.mails.host_name} ESMTP")
            while not self.leaving:
                await self._answer(await self.wire.line())
            await self.wire.say(_GOODBYE)
        except TimeoutError:
            await self.wire.last_word("421 4.4.2 Too slow")
        except (LeftError, OSError):
            return
        except asyncio.CancelledError:
            if not self.leaving:
                raise
            await self.wire.last_word(_GOODBYE)

    def leave(self) -> None:
        """End at once if it waits for a command, else after the present one."""
        self.leaving = True
        if self.wire.waits and self._task is not None:
            self._task.cancel()

    async def _answer(self, line: bytes) -> None:
        try:
            answer = await self._act(command(line))
        except SyntaxRefusal:
            answer = "501 5.5.4 Syntax error"
        self.errors += answer is not None
        if self.errors > MAX_ERRORS:
            await self.wire.end("421 4.7.0 Too many commands without a mail")
        if answer is not None:
            await self.wire.say(answer)

    async def _act(self, order: Command) -> str | None:
        """The answer; None if it was given, to a command that brings a mail on."""
        match order.verb:
            case "HELO" | "EHLO":
                return await self._hello(order)
            case "MAIL":
                return await self._mail(order)
            case "RCPT":
                return await self._recipient(order)
            case "DATA":
                return await self._data(order)
            case "STARTTLS":
                return await self._start_tls(order)
            case "QUIT":
                await self.wire.end("221 2.0.0 Bye")
            case "RSET":
                self._reset()
        return _ANSWERS.get(order.verb, "500 5.5.1 Unknown command")

    async def _hello(self, order: Command) -> str | None:
        if not order.words:
            return "501 5.5.4 A name is missing"
        self._reset()
        self.envelope.hello = order.words[:255]
        if order.verb == "HELO":
            return f"250 {self.mails.host_name}"
        extensions = [f"SIZE {self.mails.max_bytes}", "8BITMIME", "SMTPUTF8", "PIPELINING"]
        if self.mails.tls is not None and not self.envelope.tls:
            extensions.append("STARTTLS")
        lines = [self.mails.host_name, *extensions, "ENHANCEDSTATUSCODES"]
        await self.wire.say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")
        return None

    async def _mail(self, order: Command) -> str | None:
        if not self.envelope.hello:
            return "503 5.5.1 Say hello first"
        if self.has_mail:
            return "503 5.5.1 One mail at a time"
        sender = path(order.words, keyword="FROM")
        refusal = self._refusal(sender)
        if refusal:
            return refusal
        self.envelope.sender, self.has_mail = sender.address, True
        await self.wire.say("250 2.1.0 Sender ok")
        return None

    def _refusal(self, sender: Path) -> str | None:
        size = sender.parameters.pop("SIZE", "0")
        if not size.isdecimal() or len(size) > 20:
            return "501 5.5.4 SIZE is a number"
        if int(size) > self.mails.max_bytes:
            self.mails.count("refused")
            return "552 5.3.4 Too large"
        if sender.parameters.pop("BODY", "").upper() not in _BODIES:
            return "501 5.5.4 BODY is 7BIT or 8BITMIME"
        sender.parameters.pop("SMTPUTF8", None)
        return "555 5.5.4 Unknown parameter" if sender.parameters else None

    async def _recipient(self, order: Command) -> str | None:
        if not self.has_mail:
            return "503 5.5.1 MAIL comes first"
        recipient = path(order.words, keyword="TO")
        if recipient.parameters:
            return "555 5.5.4 Unknown parameter"
        if sum(len(addresses) for _, addresses in self.rows.values()) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            rows = await self.mails.recipients.find(recipient.address, peer=self.envelope.peer)
        except ServiceError:
            self.mails.count("deferred")
            return "451 4.3.0 Cannot look recipients up now"
        if not rows:
            self.mails.count("refused")
            return "550 5.1.1 No such recipient here"
        for row in rows:
            self.rows.setdefault(row.source_id, (row, []))[1].append(recipient.address)
        await self.wire.say("250 2.1.5 Recipient ok")
        return None

    async def _data(self, order: Command) -> str | None:
        if order.words:
            return "501 5.5.4 DATA takes no words"
        if not self.rows:
            return "503 5.5.1 RCPT comes first"
        if self.mails.spooled.full:
            self.mails.count("deferred")
            return "452 4.3.1 Too many mails at once"
        await self.wire.say("354 End with <CR><LF>.<CR><LF>")
        with Spool() as spool:
            try:
                answer = await self._take(spool)
            finally:
                self.mails.spooled.held -= spool.size
        self._reset()
        self.errors = 0
        await self.wire.say(answer)
        return None

    async def _take(self, spool: Spool) -> str:
        data, size, refusal = DataReader(), 0, None
        async with asyncio.timeout(MAIL_SECONDS):
            piece, self.wire.buffer = self.wire.buffer, b""
            while True:
                content = data.feed(piece)
                size += len(content)
                if refusal is None:
                    refusal = await self._spool(spool, content)
                if data.ended:
                    break
                if size > 2 * self.mails.max_bytes:
                    await self.wire.end(refusal or "552 5.3.4 Too large")
                piece = await self.wire.read()
        self.wire.buffer = data.rest
        return refusal or await self.mails.keep(self.envelope, [*self.rows.values()], spool)

    async def _spool(self, spool: Spool, content: bytes) -> str | None:
        """Why no more of the mail is kept, if so."""
        if spool.size + len(content) > self.mails.max_bytes:
            self.mails.count("refused")
            return "552 5.3.4 Too large"
        try:
            self.mails.spooled.held += len(content)
            await spool.write(content)
        except OSError:
            self.mails.count("deferred")
            return "452 4.3.1 No room for mails now"
        return None

    async def _start_tls(self, order: Command) -> str | None:
        if self.mails.tls is None or self.envelope.tls or order.words:
            return "502 5.5.1 No TLS here"
        try:
            context = self.mails.tls()
        except OSError:
            return "454 4.7.0 No TLS now"
        await self.wire.start_tls(context)
        self._reset()
        self.envelope.hello, self.envelope.tls = "", True
        return None

    def _reset(self) -> None:
        self.has_mail, self.envelope.sender = False, ""
        self.rows.clear()
