"""E-mail addresses in one spelling each; a plain ASCII address is read by one linear expression.

Invariant: no network, and what is not an address is None, never an error.
"""

import re
from urllib.parse import unquote

from email_validator import EmailNotValidError, validate_email

from services.intake.channels.parsing.points import Points
from services.intake.channels.parsing.signs import is_composed, lowered, visible

_PLAIN = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,10}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_LONGEST = 254
_LONGEST_LOCAL = 64
_LONGEST_WRITTEN = 1_000  # with a name, quotes and the parameters of a link
_BESIDE = re.compile(r"[\s,;<>()\[\]\"«»“”„|]+")
_WITHIN = re.compile(r"[:/|]")
_EDGES = " \t\r\n<>()[]\"'«»“”„‘’,;:…"
_ENDS = _EDGES + ".!?/"


def several(raw: str, *, most: int) -> Points:
    """The addresses of one field; at most `most` are tried. Other words are left out."""
    is_one = raw.count("@") <= 1 or raw.count("<") == 1
    whole = address(raw) if is_one and most > 0 else None
    if whole is not None:
        return Points([whole], [], 1)
    words = [word for word in _BESIDE.split(visible(raw)) if "@" in word]
    candidates = words[: max(0, most)]
    readable: dict[str, None] = {}
    unreadable = []
    for word in candidates:
        parts = [word] if address(word) else _WITHIN.split(word)
        addresses = [one for part in parts if (one := address(part))]
        readable.update(dict.fromkeys(addresses))
        if not addresses:
            unreadable.append(word)
    if not readable:
        return Points([], [raw.strip()] if raw.strip() else [], len(candidates))
    return Points(list(readable), unreadable + words[len(candidates) :], len(candidates))


def address(raw: str) -> str | None:
    """The address, or None. `Name <address>`, links, quotes and brackets around are understood."""
    if not 3 <= len(raw) <= _LONGEST_WRITTEN:
        return None
    text = visible(raw).strip(_EDGES).rstrip(_ENDS)
    if "<" in text:
        text = text[text.rindex("<") + 1 :].partition(">")[0].strip(_EDGES)
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:].partition("?")[0]).strip(_EDGES).rstrip(_ENDS)
    if not 3 <= len(text) <= _LONGEST or text.count("@") != 1:
        return None
    text = lowered(text)
    # A domain in its ASCII spelling goes to the library below, so that both spellings give the
    # same address.
    encoded = "@xn--" in text or ".xn--" in text
    if not encoded and _PLAIN.fullmatch(text):
        return text if text.index("@") <= _LONGEST_LOCAL else None
    if not encoded and text.isascii():
        return None
    return _of_another_alphabet(text)


def _of_another_alphabet(text: str) -> str | None:
    domain = text.partition("@")[2]
    # A sign without a small letter of its own would become other signs in the domain.
    if not is_composed(text) or lowered(domain) != domain or domain != domain.lower():
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None
