"""The signs of numbers and addresses, whatever keyboard, program or web page they came from.

Invariant: letters are never replaced by letters that look alike.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

# The zeros of the scripts whose digits people type; the nine others follow each.
_ZEROS: Final = (
    *(0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6),
    *(0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810),
    *(0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6),
)
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u02d7\u1806\u30fc\ufe58\ufe63"
_SPACES: Final = "\xa0\u1680\u202f\u205f\u3000\u2800\u3164" + "".join(map(chr, range(8192, 8203)))
_PLAIN: Final = {
    **{chr(zero + digit): str(digit) for zero in _ZEROS for digit in range(10)},
    **{chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)},  # the full-width forms
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys("\u2044\u2215", "/"),
    **dict.fromkeys("\u207a\ufe62\u2795", "+"),
    **dict.fromkeys("\u301c\u223c\u02dc", "~"),
    **dict.fromkeys("\u2024\ufe52\u3002\uff61\xb7\u2022", "."),
}
# What is written and not seen: direction, joining, soft hyphens, variation of the sign before.
_INVISIBLE: Final = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HIDDEN_SIGNS: Final = re.compile(f"[{_INVISIBLE}]")
_ODD: Final = re.compile(f"[{_INVISIBLE}{''.join(map(re.escape, _PLAIN))}]")


def visible(text: str) -> str:
    """The text without invisible signs; digits, dashes, spaces and full-width forms as in ASCII."""
    if text.isascii() and text.isprintable():
        return text
    return _ODD.sub(lambda sign: _PLAIN.get(sign.group(), ""), text)


def visible_with_places(text: str) -> tuple[str, Sequence[int]]:
    """The same, and for each sign, and for the end, its place in the text as it was."""
    plain = visible(text)
    if len(plain) == len(text):
        return plain, range(len(text) + 1)
    places = [place for place, sign in enumerate(text) if not _HIDDEN_SIGNS.match(sign)]
    return plain, [*places, len(text)]


def lowered(text: str) -> str:
    """Lower case, sign by sign: one that has none of its own alphabet stays as it is."""
    if text.isascii():
        return text.lower()
    return "".join(map(_lower, text))


def _lower(sign: str) -> str:
    small = sign.lower()
    if len(small) != 1 or (small.isascii() and not sign.isascii()):
        return sign
    return small


def is_composed(text: str) -> bool:
    """Whether the text can be composed without a sign becoming a letter of ASCII."""
    return not any(
        unicodedata.normalize("NFC", sign).isascii() for sign in text if not sign.isascii()
    )
