"""Telephone numbers as E.164: what people write, read by the source's country.

Invariant: a number that cannot be read is None, never an error.
"""

import re
from typing import Final

from services.intake.channels.parsing import phone_numbers
from services.intake.channels.parsing.phone_numbers import Reading
from services.intake.channels.parsing.phone_search import PhoneMention, search
from services.intake.channels.parsing.points import Points
from services.intake.channels.parsing.signs import visible

MAX_SEARCHED: Final = 20_000  # characters of a text, or of a field, in which numbers are looked for
_LONGEST = 100  # characters of one number with whatever stands beside it
_USUAL = re.compile(r"\+?[\d(][\d ()-]{6,28}")
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
# What says nothing beyond the number that it stands beside.
_LABEL = re.compile(
    r"(?:тел[^\W\d_]*|моб[^\W\d_]*|сот[^\W\d_]*|т|м|phone|tel|mob|mobile|cell|callto|call|whatsapp|"
    r"viber|telegram|номер|мой|и|или|або|and|or|доб|вн|ext|"
    r"(?:https?://)?(?:wa\.me|api\.whatsapp\.com/send\?phone))",
    re.IGNORECASE,
)
_EDGES = " \t\r\n.,;:/|-–—()[]<>\"'«»*=#&"


def is_hidden(raw: str) -> bool:
    """Whether an exchange marks by this value that the caller withheld the number."""
    return raw.strip().lower() in _HIDDEN


def e164(raw: str, country: str) -> str | None:
    """The one number of a field in E.164, or None. A national number is read as of `country`.

    For what an exchange sends: a round number is a number here, in a form it is a placeholder.
    """
    text = raw.strip()
    if not 5 <= len(text) <= _LONGEST or is_hidden(text):
        return None
    if reading := _usual(text, country):
        return reading.number
    numbers = _numbers(text, country)
    return numbers[0].number if len(numbers) == 1 else None


def e164_or_raw(raw: str | None, country: str) -> str | None:
    """The number in E.164 if it can be read, else as it was sent; None for an empty one."""
    return (e164(raw, country) or raw) if raw else None


def several(raw: str, country: str, *, most: int) -> Points:
    """The numbers of one field with their extensions, and the words beside them.

    At most `most` are taken; the rest stays as it was written.
    """
    words = [raw.strip()] if raw.strip() else []
    if most <= 0:
        return Points([], words, 0)
    if (reading := _usual(raw, country)) and not reading.is_round:
        return Points([reading.number], [], 1)
    numbers = _numbers(raw[:MAX_SEARCHED], country)[:most]
    if not numbers:
        return Points([], words, 1)
    extensions = {one.number: one.extension for one in numbers if one.extension}
    readable = list(dict.fromkeys(one.number for one in numbers))
    return Points(readable, _words_beside(raw, numbers), len(numbers), extensions)


def alone(text: str, country: str) -> str | None:
    """The number that a text consists of, so written that no label is needed to know it."""
    numbers = mentions(text, country)
    if len(numbers) != 1 or numbers[0].extension or _words_beside(text, numbers):
        return None
    return numbers[0].number


def mentions(text: str, country: str) -> list[PhoneMention]:
    """The numbers of a text with their places; whose they are, the words around them tell."""
    return search(text[:MAX_SEARCHED], country)


def in_text(text: str, country: str) -> list[str]:
    """The numbers that occur in a text, each once, in their order."""
    return list(dict.fromkeys(one.number for one in mentions(text, country)))


def _usual(text: str, country: str) -> Reading | None:
    """The number of a field that holds nothing else, as most do."""
    plain = visible(text).strip()
    return phone_numbers.read(plain, country.upper()) if _USUAL.fullmatch(plain) else None


def _numbers(text: str, country: str) -> list[PhoneMention]:
    numbers = search(text, country, is_field=True)
    if not numbers:
        number = phone_numbers.vanity(visible(text).strip(), country.upper())
        return [PhoneMention(number, None, 0, len(text))] if number else []
    return numbers


def _words_beside(raw: str, numbers: list[PhoneMention]) -> list[str]:
    """What the sender wrote around the numbers, but for their labels."""
    starts = [0, *(one.end for one in numbers)]
    ends = [*(one.start for one in numbers), len(raw)]
    pieces = (raw[start:end].strip(_EDGES) for start, end in zip(starts, ends, strict=True))
    return [
        piece for piece in pieces if any(map(str.isalnum, piece)) and not _LABEL.fullmatch(piece)
    ]
