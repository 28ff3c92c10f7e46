"""Sends mail over SMTP. A server is told of by a URL: `smtp://user:password@host:587`.

`smtps` speaks TLS from the first byte, `smtp` as soon as the server offers it; a password is sent
in the clear to this machine only.
"""

import ipaddress
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

SECONDS: Final = 30.0  # of one mail
NO_SERVER: Final = "none"  # stands for a URL where there is no server
_PORTS: Final = {"smtp": 587, "smtps": 465}
_LATER: Final = range(400, 500)  # what SMTP answers when it may go better another time


class MailError(Exception):
    """A mail was not taken; `again`: it may go better later. `reason` holds no personal data."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


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

    async def send(self, message: EmailMessage) -> None:
        """Hand a mail to the server. Raises MailError."""
        message["From"] = self.sender
        must_encrypt = self.password is not None and not _is_this_machine(self.host)
        try:
            refused, _ = await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self.name,
                password=self.password,
                use_tls=self.implicit_tls,
                start_tls=None if self.implicit_tls or not must_encrypt else True,
                validate_certs=not _is_this_machine(self.host),
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            again = all(item.code in _LATER for item in error.recipients)
            raise MailError("recipients_refused", again=again) from None
        except aiosmtplib.SMTPResponseException as error:
            raise MailError(f"smtp_{error.code}", again=error.code in _LATER) from None
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            raise MailError(f"unreachable_{type(error).__name__}", again=True) from None
        if refused:
            raise MailError("some_recipients_refused", again=False)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
