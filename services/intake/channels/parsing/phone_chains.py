"""Chains of digits: groups with nothing but blanks, brackets and dashes between them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

FEWEST_DIGITS: Final = 7  # of one number
MOST_DIGITS: Final = 17
GROUP: Final = re.compile(r"\d+")
_LONGEST = 24  # groups of digits; more are a table
_GAP = re.compile(r"[ \t]{0,3}\(?[-.~_]?\)?[-.~_ ]{0,3}\(?|\)[ \t]?\(|\t")
_WIDE = re.compile(r"  +|\t| +- +")
_AREA = re.compile(r"\(?0\d{2,5}")
_OPENING = re.compile(r"(\+ ?)?\(?(\+ ?)?\Z")

Span = tuple[int, int]


@dataclass(slots=True)
class Chain:
    """The places of the groups; `start` is that of a plus or bracket before the first one.

    `extension` are digits to dial after the last number, which end at `end`.
    """

    spans: list[Span]
    start: int
    extension: str | None = None
    end: int = 0

    def size(self) -> int:
        """How many digits there are."""
        return size(self.spans)

    def bounds(self, spans: Sequence[Span]) -> Span:
        """Where a number of these groups begins and ends."""
        first = spans[0][0]
        return (self.start if first == self.spans[0][0] else first), spans[-1][1]


def size(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


def chains(text: str) -> Iterator[Chain]:
    """The chains of a text, in their order."""
    chain: Chain | None = None
    depth = 0
    for group in GROUP.finditer(text):
        start, end = group.span()
        if chain is not None:
            gap = text[chain.spans[-1][1] : start]
            depth += gap.count("(") - gap.count(")")
            is_open = len(chain.spans) < _LONGEST and depth >= 0
            if is_open and (_joins(gap) or _is_area(chain, text, gap)):
                chain.spans.append((start, end))
                continue
            yield chain
        opening = _OPENING.search(text, max(0, start - 5), start)
        first = opening.start() if opening else start
        depth = text.count("(", first, start)
        chain = Chain([(start, end)], first)
    if chain is not None:
        yield chain


def _joins(gap: str) -> bool:
    return bool(_GAP.fullmatch(gap)) and ". " not in gap


def _is_area(chain: Chain, text: str, gap: str) -> bool:
    """Whether the slash stands behind an area code, as in Germany, not between two numbers."""
    start, end = chain.start, chain.spans[-1][1]
    return (
        gap.strip(" )") == "/" and len(chain.spans) == 1 and bool(_AREA.fullmatch(text, start, end))
    )


def at_wide_gaps(text: str, spans: Sequence[Span]) -> list[Sequence[Span]]:
    """The groups, parted where more than one blank stands, or a dash between blanks."""
    parts = []
    first = 0
    for place in range(1, len(spans)):
        if _WIDE.search(text, spans[place - 1][1], spans[place][0]):
            parts.append(spans[first:place])
            first = place
    return [*parts, spans[first:]]
