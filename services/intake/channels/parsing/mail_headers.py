"""Headers of mails: encoded words, mailboxes, and several values of one name.

Invariant: linear time, and no header is too broken to be read.
"""

import binascii
import re
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from services.intake.channels.parsing.charsets import mail_text
from services.intake.channels.parsing.emails import address
from shared.text import storable

MAX_MAILBOXES = 50  # mailboxes of one header that are looked at
_ENCODED = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bq])\?([^?]*+)\?=", re.IGNORECASE)
_ANGLES = re.compile(r"([^<>]*+)<\s*+([^<>@\s]{1,300}@[^<>@\s]{1,300})\s*+>")
_BARE = re.compile(r"[^\s<>,;:()\"'@]{1,300}@[^\s<>,;:()\"'@]{1,300}")
_COMMENT = re.compile(r"\(([^()]{1,200})\)")
# `[mailto:address]`, as Outlook shows an address in a text, and `<mailto:address>`.
_OUTLOOKS = re.compile(r"[\[<]mailto:([^\[\]<>\s]{1,300})[\]>]", re.IGNORECASE)
_QUOTED_PAIR = re.compile(r"\\(.)")


class Mailbox(NamedTuple):
    """`address` in its canonical form."""

    name: str | None
    address: str


def first_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; of several the first, which the nearest server wrote."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        headers.setdefault(name.strip().lower(), value.strip())
    return headers


def decoded(raw: str) -> str:
    """A header with its encoded words decoded; neighbours of one charset share their letters."""
    if "=?" not in raw:
        return storable(raw)
    pieces: list[tuple[str | None, bytes | str]] = []
    end = 0
    for word in _ENCODED.finditer(raw):
        between = raw[end : word.start()]
        if between.strip() or not end:
            pieces.append((None, between))
        pieces.append((word[1].lower(), _bytes_of(word[2], word[3])))
        end = word.end()
    pieces.append((None, raw[end:]))
    words: list[str] = []
    for charset, group in groupby(pieces, key=lambda piece: piece[0]):
        if charset is None:
            words.extend(str(text) for _, text in group)
        else:
            words.append(mail_text(b"".join(bytes(data) for _, data in group), charset).text)  # type: ignore[arg-type]
    return storable("".join(words))


def _bytes_of(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "surrogatepass")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    try:
        return binascii.a2b_base64(data.rstrip(b"=") + b"==")
    except binascii.Error:
        return data


def mailboxes(header: str | None) -> list[Mailbox]:
    """The mailboxes of an address header, in their order; what is no address is left out."""
    if not header:
        return []
    header = _OUTLOOKS.sub(r"<\1>", header)
    boxes: list[tuple[str | None, str]] = []
    end = 0
    for match in _ANGLES.finditer(header):
        name = match[1]
        if "@" in name and "," in name:  # bare addresses stand before this one
            bare, _, name = name.rpartition(",")
            boxes.extend((None, found) for found in _BARE.findall(bare))
        boxes.append((name, match[2]))
        end = match.end()
    comment = _COMMENT.search(header, end) if not boxes else None
    rest = _COMMENT.sub(" ", header[end:])
    boxes.extend((comment[1] if comment else None, found) for found in _BARE.findall(rest))
    read = (Mailbox(_name(name), address(found) or "") for name, found in boxes[:MAX_MAILBOXES])
    return [box for box in read if box.address]


def _name(raw: str | None) -> str | None:
    if not raw:
        return None
    words = decoded(raw.strip().strip(",;").strip())
    if words.startswith('"'):
        words = _QUOTED_PAIR.sub(r"\1", words.strip('"'))
    words = words.strip('" ')
    if len(words) > 1 and words[0] == words[-1] == "'":
        words = words[1:-1]
    return " ".join(words.split()) or None
