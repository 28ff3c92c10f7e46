"""E-mail addresses in lower case; a plain ASCII address is read by one linear expression.

Invariant: no network, and what is not an address is None, never an error.
"""

import re

from email_validator import EmailNotValidError, validate_email

from services.intake.channels.parsing.points import Points, points_of

_PLAIN = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,10}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_LONGEST = 254
_SEVERAL = re.compile(r"[,;\s]+")


def several(raw: str, *, most: int) -> Points:
    """The addresses of one field; at most `most` are tried. Other words are left out."""
    points = points_of(raw, _SEVERAL.split(raw.strip()), address, most=most)
    if not points.readable:
        return points
    return points._replace(unreadable=[word for word in points.unreadable if "@" in word])


def address(raw: str) -> str | None:
    """The address in lower case, or None. `Name <address>` and `mailto:` are understood."""
    text = raw.strip()
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1]
    text = text.removeprefix("mailto:").strip().lower()
    if not 3 <= len(text) <= _LONGEST or text.count("@") != 1:
        return None
    # A domain in its ASCII spelling goes to the library below, so that both spellings give the
    # same address.
    encoded = "@xn--" in text or ".xn--" in text
    if not encoded and _PLAIN.fullmatch(text):
        return text if len(text.partition("@")[0]) <= 64 else None
    if not encoded and text.isascii():
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None
