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
MAX_LINE = 20_000  # characters of an address header that are looked at
_IN_ANGLES = re.compile(r"\s*+([^<>@\s]{1,300}@[^<>@\s]{1,300})\s*+")
_BARE = re.compile(r"(?<![^\s<>,;:()\"'@])[^\s<>,;:()\"'@]{1,300}@[^\s<>,;:()\"'@]{1,300}")
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
    pieces = _OUTLOOKS.sub(r"<\1>", header[:MAX_LINE]).split("<")
    boxes: list[tuple[str | None, str]] = []
    name = pieces[0]
    for piece in pieces[1:]:
        inside, _, behind = piece.partition(">")
        if match := _IN_ANGLES.fullmatch(inside):
            if "@" in name and "," in name:  # bare addresses stand before this one
                first, _, name = name.rpartition(",")
                boxes.extend((None, place) for place in _BARE.findall(first))
            boxes.append((name, match[1]))
        name = behind
    comment = _COMMENT.search(name) if not boxes else None
    bare = _BARE.findall(_COMMENT.sub(" ", name))
    boxes.extend((comment[1] if comment else None, place) for place in bare)
    people = (Mailbox(_name(name), address(raw) or "") for name, raw in boxes[:MAX_MAILBOXES])
    return [person for person in people if person.address]


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
