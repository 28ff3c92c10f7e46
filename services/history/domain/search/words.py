"""How text is made comparable, for what is searched in and what is searched for alike.

PostgreSQL's `russian` configuration stems Cyrillic words as Russian and Latin ones as English, so
it serves both; what is folded here leaves its parser nothing but words and numbers.
"""

import re
import unicodedata

LEAST_DIGITS = 7  # of a phone: its last digits suffice to find it
MOST_DIGITS = 15
LONGEST_POINT = 254  # characters of an address or a foreign id
_LAST_LATIN = 0x24F


class _Folding(dict[int, str]):
    """Each character's folded one, filled as characters come."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(character: str) -> str:
    lower = character.lower()
    if lower == "ё":
        return "е"
    if not lower.isalnum() or len(lower) != 1:
        return " "
    # й is a letter of its own, é is not: Latin letters lose their marks, Cyrillic ones keep them.
    return unicodedata.normalize("NFD", lower)[0] if ord(lower) <= _LAST_LATIN else lower


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text in small letters, ё as е, Latin letters without marks, all else as blanks.

    It has the same length as the text, so that a place in one is a place in the other.
    """
    return text.translate(_FOLDING)


def digits_of(text: str) -> str:
    """The digits of a phone as all its notations end: without 00, a trunk 0, or Russia's 8."""
    digits = "".join(re.findall(r"[0-9]", text)).lstrip("0")
    return digits[1:] if len(digits) == 11 and digits.startswith("8") else digits


def phone_point(text: str) -> str | None:
    """A phone as a lexeme, its digits backwards, so that its last digits are a prefix."""
    digits = digits_of(text)
    return f"tel:{digits[::-1]}" if LEAST_DIGITS <= len(digits) <= MOST_DIGITS else None


def email_point(text: str) -> str:
    """An address, or its beginning, as a lexeme."""
    return f"mail:{_trimmed(text)}"


def id_point(text: str) -> str:
    """A foreign id as a lexeme."""
    return f"id:{_trimmed(text)}"


def _trimmed(text: str) -> str:
    return text.strip().lower()[:LONGEST_POINT]


def quoted(lexeme: str) -> str:
    """The lexeme as PostgreSQL reads it in the text of a tsvector or a tsquery."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
