"""Rules for every mail, whoever delivers it: machines' mails are ignored, people's are read.

Invariant: words and phones are taken from the sender's own text, never from quoted mail.
"""

from collections.abc import Iterable, Mapping
from email.utils import parseaddr

from services.intake.channels.parsing import phones
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.html_text import html_text
from services.intake.domain.quotes import unquoted
from services.intake.domain.states import IgnoreReason
from shared.contracts.inquiry import Spam
from shared.text import storable

MAX_TEXT = 200_000  # characters of a mail's text that are read, as many as the native API takes
MAX_ADDRESS = 1_000  # characters of an address header that are taken apart into name and address
# Comments and groups nest, and the standard library follows them by recursion.
_MAX_NESTS = 10
_DAEMONS = ("mailer-daemon@", "postmaster@")
_BULK = frozenset({"bulk", "junk", "auto_reply"})
_LIST_HEADERS = ("list-id", "list-post", "mailing-list")


def first_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; of several the first, which the nearest server wrote."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        headers.setdefault(name.strip().lower(), value.strip())
    return headers


def refusal(headers: Mapping[str, str], *, sender: str | None) -> IgnoreReason | None:
    """Why a mail is no inquiry; None for a person's mail."""
    if "multipart/report" in headers.get("content-type", "").lower():
        return IgnoreReason.BOUNCE
    if "x-failed-recipients" in headers or (sender or "").lower().startswith(_DAEMONS):
        return IgnoreReason.BOUNCE
    origin = headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    autoreply = headers.get("x-autoreply", "no").lower()
    precedence = headers.get("precedence", "").lower()
    if origin not in {"", "no"} or autoreply not in {"", "no"} or precedence in _BULK:
        return IgnoreReason.AUTO_REPLY
    if precedence == "list" or any(name in headers for name in _LIST_HEADERS):
        return IgnoreReason.LIST
    return IgnoreReason.BOUNCE if headers.get("return-path") == "<>" else None


def own_words(*, stripped: str | None, plain: str | None, html: str | None) -> str | None:
    """The sender's words: the provider's stripped text, else the plain part, else the HTML."""
    if stripped and stripped.strip():
        return stripped.strip()[:MAX_TEXT]
    if plain and plain.strip():
        return unquoted(plain[:MAX_TEXT]) or None
    return unquoted(storable(html_text(html))[:MAX_TEXT]) or None if html else None


def name_and_address(header: str) -> tuple[str, str]:
    """The parts of `Name <address>`; a header that no mail program writes is all address."""
    if len(header) > MAX_ADDRESS or header.count("(") + header.count(":") > _MAX_NESTS:
        return "", header
    return parseaddr(header)


def take_phones_of_text(builder: DraftBuilder, text: str | None) -> None:
    """Add the phones of the text, if the mail has none in a field."""
    if text and not builder.phones:
        builder.phones.update(dict.fromkeys(phones.in_text(text, builder.country)))


def spam_of(headers: Mapping[str, str]) -> Spam:
    """The verdict of the receiving server's filter."""
    if headers.get("x-spam-status", "").lower().startswith("yes"):
        return Spam(score=1.0, reasons=("x-spam-status",))
    return Spam()
