"""Telephone numbers as E.164: what people write, read by the source's country.

Invariant: a number that cannot be read is None, never an error.
"""

import re

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

from services.intake.channels.parsing.points import Points, points_of

# Libraries of numbers reject longer input anyway; the cap comes first.
_LONGEST = 100
MAX_SEARCHED = 20_000  # characters of a text in which numbers are looked for
_SEVERAL = re.compile(r"[,;\n/|]")
_HIDDEN = frozenset(
    {
        "anonymous",
        "restricted",
        "private",
        "unknown",
        "unavailable",
        "withheld",
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
    }
)
_PLACEHOLDERS = re.compile(r"(\d)\1{7,}|0123456789|123456789[0-9]?")


def is_hidden(raw: str) -> bool:
    """Whether an exchange marks by this value that the caller withheld the number."""
    return raw.strip().lower() in _HIDDEN


def e164(raw: str, country: str) -> str | None:
    """One number in E.164, or None. A national number is read as of `country`.

    An international number that lost its plus is tried as such when the country cannot read it.
    """
    text = raw.strip()
    if not 5 <= len(text) <= _LONGEST or is_hidden(text):
        return None
    number = _parsed(text, country)
    if number is None and text.isdecimal() and len(text) >= 10:
        number = _parsed("+" + text, country)
    return number


def e164_or_raw(raw: str | None, country: str) -> str | None:
    """The number in E.164 if it can be read, else as it was sent; None for an empty one."""
    return (e164(raw, country) or raw) if raw else None


def several(raw: str, country: str, *, most: int) -> Points:
    """The numbers of one field, and the pieces that are none; at most `most` are tried."""
    return points_of(raw, _SEVERAL.split(raw), lambda piece: e164(piece, country), most=most)


def in_text(text: str, country: str) -> list[str]:
    """The valid numbers that occur in a text, each once, in their order."""
    matches = PhoneNumberMatcher(
        text[:MAX_SEARCHED], country.upper(), leniency=Leniency.VALID, max_tries=1000
    )
    numbers = (phonenumbers.format_number(m.number, PhoneNumberFormat.E164) for m in matches)
    return list(dict.fromkeys(numbers))


def _parsed(text: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(text, country.upper())
    except phonenumbers.NumberParseException:
        return None
    national = phonenumbers.national_significant_number(number)
    if not phonenumbers.is_possible_number(number) or _PLACEHOLDERS.fullmatch(national):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
