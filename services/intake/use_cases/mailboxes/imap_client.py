"""A mailbox over IMAP, by the standard library, whose calls wait: for a thread of its own.

Invariant: mails are read by BODY.PEEK in pieces, so nothing is marked and no large mail is held.
"""

import base64
import imaplib
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.intake.channels.email.mailbox_options import MailboxOptions

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0  # for the next bytes of an answer
_UID = re.compile(rb"\bUID (\d{1,10})")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,19})")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{20,30})"')
Failure = imaplib.IMAP4.error


@dataclass(frozen=True, slots=True)
class Opened:
    """`uid_next` is 0 where the server does not say."""

    uid_validity: int
    uid_next: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A mail in the mailbox, with its length as the server gives it."""

    uid: int
    size: int
    received_at: datetime | None


@dataclass(eq=False)
class ImapClient:
    """Every call raises OSError or `Failure`; afterwards it is of no more use."""

    options: MailboxOptions
    password: str = field(repr=False)
    _imap: imaplib.IMAP4 | None = None

    def open(self) -> Opened:
        """Connect, prove who we are and select the mailbox, only for reading if possible."""
        imap = self._imap = self._connected()
        if imap.sock is not None:
            imap.sock.settimeout(ANSWER_SECONDS)
        self._log_in(imap)
        name = f'"{_escaped(_utf7(self.options.mailbox))}"'
        _require(imap.select(name, readonly=not self.options.mark_seen))
        validity = _number(imap.response("UIDVALIDITY"))
        if not validity:
            raise Failure("no UIDVALIDITY")
        next_uid = _number(imap.response("UIDNEXT"))
        imap.response("EXISTS")
        return Opened(validity, next_uid)

    def _connected(self) -> imaplib.IMAP4:
        host, port = self.options.address
        context = ssl.create_default_context()
        if self.options.tls == "tls":
            return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=CONNECT_SECONDS)
        imap = imaplib.IMAP4(host, port, timeout=CONNECT_SECONDS)
        if self.options.tls == "starttls":
            imap.starttls(context)
        return imap

    def _log_in(self, imap: imaplib.IMAP4) -> None:
        username, password = self.options.username, self.password
        if "AUTH=PLAIN" in imap.capabilities:
            proof = f"\0{username}\0{password}".encode()
            _require(imap.authenticate("PLAIN", lambda _challenge: proof))
        else:
            _require(imap.login(username, password))

    def entries(self, first: int, last: int | None) -> list[Entry]:
        """The mails by their UIDs from `first` to `last`, None being the end."""
        span = f"{first}:{last or '*'}"
        data = self._uid("FETCH", span, "(UID RFC822.SIZE INTERNALDATE)")
        items = {
            entry.uid: entry
            for line in data
            if (entry := _entry(line)) is not None
            # n:* gives the last mail even if its UID is smaller.
            and entry.uid >= first
        }
        return [items[uid] for uid in sorted(items)]

    def piece(self, uid: int, offset: int, size: int) -> bytes | None:
        """So many bytes of a mail; None if it is no longer there."""
        data = self._uid("FETCH", str(uid), f"(BODY.PEEK[]<{offset}.{size}>)")
        return next((bytes(item[1]) for item in data if isinstance(item, tuple)), None)

    def has_news(self) -> bool:
        """Whether mails may have come since the last call: one short command."""
        imap = self._present()
        _require(imap.noop())
        for name in ("EXPUNGE", "RECENT"):
            imap.response(name)  # nobody else takes them away
        return imap.response("EXISTS")[1] != [None]

    def mark_seen(self, uid: int) -> None:
        self._uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def close(self) -> None:
        """Let go without a word: the server may be dead."""
        imap, self._imap = self._imap, None
        if imap is not None:
            with suppress(OSError):
                imap.shutdown()

    def abort(self) -> None:
        """End whatever waits; may be called from another thread."""
        if self._imap is not None and self._imap.sock is not None:
            with suppress(OSError):
                self._imap.sock.shutdown(socket.SHUT_RDWR)

    def _present(self) -> imaplib.IMAP4:
        if self._imap is None:
            raise Failure("not connected")
        return self._imap

    def _uid(self, command: str, *words: str) -> list[Any]:
        answer = self._present().uid(command, *words)
        _require(answer)
        return [item for item in answer[1] if item is not None]


def _require(answer: tuple[str, Any]) -> None:
    if answer[0] != "OK":
        raise Failure(answer[0])


def _number(answer: tuple[str, Any]) -> int:
    words = answer[1][-1] if answer[1] else None
    return int(words) if isinstance(words, bytes) and words.isdigit() else 0


def _entry(line: Any) -> Entry | None:
    text = line if isinstance(line, bytes) else b""
    uid, size, date = _UID.search(text), _SIZE.search(text), _DATE.search(text)
    if uid is None or size is None:
        return None
    return Entry(int(uid[1]), int(size[1]), _moment(date[1]) if date else None)


def _moment(text: bytes) -> datetime | None:
    try:
        return datetime.strptime(text.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _utf7(name: str) -> str:
    """A mailbox's name as IMAP writes it: beyond ASCII in its own kind of base64."""

    def shifted(match: re.Match[str]) -> str:
        if match[0] == "&":
            return "&-"
        encoded = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=")
        return f"&{encoded.replace('/', ',')}-"

    return re.sub(r"[^\x20-\x7e]+|&", shifted, name)
