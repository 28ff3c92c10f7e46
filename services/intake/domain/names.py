"""Cleaning of people's words before they are stored: Unicode NFC, spaces collapsed, case untouched.

What cannot be stored becomes U+FFFD; everything else stays as the sender wrote it.
"""

import re
import unicodedata

from shared.text import storable

_SPACES = re.compile(r"\s+")
LONGEST_NAME = 500
# Normalising takes time that grows with the square of a run of marks, so it sees a short text.
_LONGEST_RAW_NAME = 2 * LONGEST_NAME


def person_name(raw: str | None) -> str | None:
    """A name in NFC with spaces collapsed; None when nothing is left of it."""
    if raw is None:
        return None
    words = _SPACES.sub(" ", storable(raw)).strip()[:_LONGEST_RAW_NAME]
    return unicodedata.normalize("NFC", words)[:LONGEST_NAME].strip() or None


def full_name(*parts: str | None) -> str | None:
    """A display name of the parts that are known."""
    return person_name(" ".join(part for part in parts if part))
