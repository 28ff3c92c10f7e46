"""Sends mail over SMTP. A server is told of by a URL: `smtp://user:password@host:587`.

`smtps` speaks TLS from the first byte, `smtp` as soon as the server offers it; a password is sent
in the clear to this machine only.
"""

import asyncio
import email.policy
import ipaddress
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final, NamedTuple, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from shared.senders import wire_address

SECONDS: Final = 30.0  # of one command
ENVELOPE_SECONDS: Final = 120.0  # of all that comes before the content
# Servers look through the content before they answer: whoever leaves too early sends it twice
# (RFC 1047; RFC 5321, section 4.5.3.2.6).
CONTENT_SECONDS: Final = 600.0
_FAREWELL_SECONDS: Final = 5.0
NO_SERVER: Final = "none"  # stands for a URL where there is no server
_PORTS: Final = {"smtp": 587, "smtps": 465}
_LATER: Final = range(400, 500)  # what SMTP answers when it may go better another time
_TOO_LARGE: Final = 552
_NO_ENTRY: Final = 530  # wants a login or TLS first: the operator's to mend


class MailError(Exception):
    """A mail was taken for nobody; `again`: it may go better later. `reason` is the step and what
    the server said to it, and holds no personal data.
    """

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


class Refusal(NamedTuple):
    """An address for which a server did not take a mail, and why; `again`: it may yet."""

    address: str
    reason: str
    again: bool


@dataclass(frozen=True, slots=True)
class MailServer:
    """`sender` is whom mails come from; the name and the password are None for a server without."""

    host: str
    port: int
    sender: str
    name: str | None = None
    password: str | None = field(default=None, repr=False)
    implicit_tls: bool = False

    @classmethod
    def of(cls, url: str, *, sender: str) -> Self:
        """Raises ValueError, without the password, for what is no such URL."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("is smtp:// or smtps://, and a host")
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            sender=sender,
            name=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            implicit_tls=parts.scheme == "smtps",
        )

    async def send(self, message: EmailMessage, addresses: Sequence[str]) -> list[Refusal]:
        """Hand a mail to the server for these addresses; those of them for which it was refused,
        perhaps all. Raises MailError if it was not taken for other reasons: then, if its content
        was under way, the server may have it all the same.
        """
        client = self._client()
        try:
            async with asyncio.timeout(ENVELOPE_SECONDS):
                await self._connect(client)
                content, refusals = await self._announce(client, message, addresses)
            if len(refusals) < len(addresses):
                with _step("content"):
                    await client.data(content, timeout=CONTENT_SECONDS)
            with suppress(aiosmtplib.SMTPException, OSError):  # what was taken is taken
                await client.quit(timeout=_FAREWELL_SECONDS)
        except TimeoutError:
            raise MailError("connect_timeout", again=True) from None
        finally:
            client.close()
        return refusals

    def _client(self) -> aiosmtplib.SMTP:
        must_encrypt = self.password is not None and not _is_this_machine(self.host)
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.implicit_tls,
            start_tls=None if self.implicit_tls or not must_encrypt else True,
            validate_certs=not _is_this_machine(self.host),
            timeout=SECONDS,
        )

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        with _step("connect"):
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
        if self.name is not None:
            with _step("login"):
                await client.login(self.name, self.password or "")

    async def _announce(
        self, client: aiosmtplib.SMTP, message: EmailMessage, addresses: Sequence[str]
    ) -> tuple[bytes, list[Refusal]]:
        """Name the sender and the recipients: the content that is to follow, and who is refused."""
        sender = parseaddr(self.sender)[1]
        names = {each: wire_address(each) for each in addresses}
        is_wide = client.supports_extension("smtputf8")
        refusals = [
            Refusal(each, "recipient_no_smtputf8", again=False)
            for each, name in names.items()
            if not (is_wide or name.isascii())
        ]
        for refusal in refusals:
            del names[refusal.address]
        if not names:
            return b"", refusals
        utf8 = not all(map(str.isascii, names.values()))
        with _step("mail"):
            content = _content(message, self.sender, list(names.values()), utf8=utf8)
        options = [f"SIZE={len(content)}"] if client.supports_extension("size") else []
        encoding = "utf-8" if utf8 else "ascii"
        with _step("sender"):
            wide = ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else []
            await client.mail(sender, options=options + wide, encoding=encoding)
        for each, name in names.items():
            try:
                await client.rcpt(name, encoding=encoding)
            except aiosmtplib.SMTPRecipientRefused as error:
                refusals.append(_refusal(each, error.code))
            except ValueError:
                refusals.append(Refusal(each, "recipient_impossible", again=False))
            except (aiosmtplib.SMTPException, OSError) as error:  # hung up, perhaps with a 421
                raise _failure("recipient", error) from None
        return content, refusals


def _content(message: EmailMessage, sender: str, names: Sequence[str], *, utf8: bool) -> bytes:
    """The mail as it is sent, in ASCII but for `utf8` headers: any server takes that."""
    del message["From"], message["To"]
    message["From"] = sender
    message["To"] = ", ".join(names)
    policy = email.policy.SMTPUTF8 if utf8 else email.policy.SMTP
    return message.as_bytes(policy=policy.clone(cte_type="7bit"))


async def _greet(client: aiosmtplib.SMTP) -> None:
    """By the old word where a server does not know the new one."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Say of what goes wrong in it that it went wrong in this step. Raises MailError."""
    try:
        yield
    except (aiosmtplib.SMTPException, OSError, MessageError, ValueError) as error:
        raise _failure(name, error) from None


def _failure(step: str, error: Exception) -> MailError:
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return MailError(f"{step}_{_cause(error)}", again=True)
    if step == "sender" and error.code == _TOO_LARGE:
        return MailError("too_large", again=False)
    return MailError(f"{step}_{error.code}", again=not is_final(step, error.code))


def is_final(step: str, code: int) -> bool:
    """Whether a server said so of this very mail: what it says of the greeting, the login and the
    sender can be mended by the operator meanwhile.
    """
    return step == "content" and code not in {*_LATER, _NO_ENTRY}


def _cause(error: Exception) -> str:
    """What broke, where the server said nothing."""
    causes = [error, error.__cause__, error.__context__]
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes):
        return "bad_certificate"
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return "bad_tls"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return "no_answer"
    if isinstance(error, OSError):
        return "unreachable"
    return "not_offered" if isinstance(error, aiosmtplib.SMTPException) else "impossible"


def _refusal(address: str, code: int) -> Refusal:
    again = code in _LATER or code == _NO_ENTRY
    return Refusal(address, f"recipient_{code}", again=again)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
