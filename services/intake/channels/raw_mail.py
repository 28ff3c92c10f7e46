"""A mail as it travelled, RFC 5322 text, read with the standard library.
Its law: a malformed header or part is skipped; reading never fails as a whole.
"""

from dataclasses import dataclass
from email import message_from_string
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from services.intake.domain.names import storable


@dataclass(frozen=True, slots=True)
class RawMail:
    headers: tuple[tuple[str, str], ...] = ()
    plain: str | None = None
    html: str | None = None


def read(text: str) -> RawMail:
    """Headers decoded, the first plain part and the first HTML part that are not attachments."""
    message = message_from_string(text)
    headers = tuple((name, _header(str(value))) for name, value in message.items())
    return RawMail(
        headers=headers, plain=_part(message, "text/plain"), html=_part(message, "text/html")
    )


def _header(raw: str) -> str:
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        return storable(raw)
    return storable("".join(_piece(data, charset) for data, charset in pieces))


def _piece(data: bytes | str, charset: str | None) -> str:
    return data if isinstance(data, str) else _text(data, charset)


def _part(message: Message, wanted: str) -> str | None:
    for part in message.walk():
        if part.get_content_type() == wanted and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return storable(_text(payload, part.get_content_charset()))
    return None


def _text(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")
