"""Which language somebody reads, of those that people's pages are written in."""

import re
from typing import Final, NamedTuple

LANGUAGES: Final = ("ru", "en")
_RANGE = re.compile(r"\s*([a-z]{2,3})(?:-[a-z0-9-]{1,30})?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")
_MOST_LANGUAGES = 20


class Words(NamedTuple):
    ru: str
    en: str

    def said(self, language: str) -> str:
        return self.en if language == "en" else self.ru


def preferred(accepted: str) -> str | None:
    """`ru` or `en`, whichever an Accept-Language header (RFC 9110 §12.5.4) ranks higher, or None
    when it names neither.
    """
    ranks: dict[str, float] = {}
    for piece in accepted.lower().split(",", _MOST_LANGUAGES)[:_MOST_LANGUAGES]:
        match = _RANGE.fullmatch(piece)
        if match is not None and match.group(1) in LANGUAGES:
            ranks.setdefault(match.group(1), float(match.group(2) or 1))
    return max(ranks, key=lambda language: ranks[language]) if ranks else None
