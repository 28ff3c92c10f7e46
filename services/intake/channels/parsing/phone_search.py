"""The telephone numbers of a text or a field: chains of digits, cut where people put two numbers.

Invariant: figures that something else may explain, as a date, an account or an order, are left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from services.intake.channels.parsing import phone_numbers
from services.intake.channels.parsing.phone_numbers import Reading
from services.intake.channels.parsing.phone_words import (
    A_PHONE,
    BEFORE_EXTENSION,
    BEFORE_NUMBER,
    BEFORE_OTHER_FIGURES,
    UNIT,
    without_other_figures,
)
from services.intake.channels.parsing.signs import visible_with_places

MAX_TRIES: Final = 1000  # of digits as a number, in one text; the rest of it is not searched
_LONGEST_CHAIN = 24  # groups of digits; more are a table
_MOST_GROUPS = 10  # of one number
_FEWEST, _MOST = 7, 17  # digits of one number
_CONTEXT = 40  # characters before a number in which its label is looked for
_LONGEST_EXTENSION = 6
_GROUP = re.compile(r"\d+")
_GAP = re.compile(r"[ \t]{0,3}\(?[-.~_]?\)?[-.~_ ]{0,3}\(?|\)[ \t]?\(|\t")
_WIDE = re.compile(r"  +|\t| +- +")
_AREA = re.compile(r"\(?0\d{2,5}")
_OPENING = re.compile(r"(\+ ?)?\(?(\+ ?)?\Z")


class Found(NamedTuple):
    """A number in E.164, the digits to dial after it, and its place in the text."""

    number: str
    extension: str | None
    start: int
    end: int


@dataclass(slots=True)
class _Chain:
    """Groups of digits with nothing but blanks, brackets and dashes between them."""

    spans: list[tuple[int, int]]
    start: int
    extension: str | None = None
    end: int = 0

    def size(self) -> int:
        return sum(end - start for start, end in self.spans)


@dataclass(slots=True)
class _Search:
    """One search; `is_field`: the text is the value of a field for numbers."""

    text: str
    country: str
    is_field: bool
    tries: int = MAX_TRIES
    refused_until: int = -1
    numbers: list[Found] = field(default_factory=list)

    def read(self, start: int, end: int) -> Reading | None:
        if self.tries <= 0:
            return None
        self.tries -= 1
        reading = phone_numbers.read(self.text[start:end], self.country)
        return None if reading is None or reading.is_round else reading


def search(text: str, country: str, *, is_field: bool = False) -> list[Found]:
    """The numbers in their order; in a field also those that only a label would make sure."""
    if not _GROUP.search(text):
        return []
    plain, places = visible_with_places(text)
    one = _Search(without_other_figures(plain), country.upper(), is_field)
    for chain in _with_extensions(one, _chains(one.text)):
        _take(one, chain)
        if one.tries <= 0:
            break
    return [
        Found(number, extension, places[start], places[end])
        for number, extension, start, end in one.numbers
    ]


def _chains(text: str) -> Iterator[_Chain]:
    chain: _Chain | None = None
    depth = 0
    for group in _GROUP.finditer(text):
        start, end = group.span()
        if chain is not None:
            gap = text[chain.spans[-1][1] : start]
            depth += gap.count("(") - gap.count(")")
            is_open = len(chain.spans) < _LONGEST_CHAIN and depth >= 0
            if is_open and (_joins(gap) or _is_area(chain, text, gap)):
                chain.spans.append((start, end))
                continue
            yield chain
        opening = _OPENING.search(text, max(0, start - 5), start)
        first = opening.start() if opening else start
        depth = text.count("(", first, start)
        chain = _Chain([(start, end)], first)
    if chain is not None:
        yield chain


def _joins(gap: str) -> bool:
    return bool(_GAP.fullmatch(gap)) and ". " not in gap


def _is_area(chain: _Chain, text: str, gap: str) -> bool:
    """Whether the slash stands behind an area code, as in Germany, not between two numbers."""
    start, end = chain.start, chain.spans[-1][1]
    return (
        gap.strip(" )") == "/" and len(chain.spans) == 1 and bool(_AREA.fullmatch(text, start, end))
    )


def _with_extensions(one: _Search, chains: Iterator[_Chain]) -> Iterator[_Chain]:
    """The chains; digits behind a word for extensions belong to the number before that word."""
    before: _Chain | None = None
    for chain in chains:
        if before is None:
            before = chain
            continue
        gap = one.text[before.spans[-1][1] : chain.spans[0][0]]
        start, end = chain.spans[0]
        is_extension = (
            len(gap) <= _CONTEXT
            and end - start <= _LONGEST_EXTENSION
            and before.size() >= _FEWEST
            and BEFORE_EXTENSION.fullmatch(gap)
            and not (chain.size() >= _FEWEST and _cover(one, chain))
        )
        if is_extension:
            before.extension, before.end = one.text[start:end], end
            chain.spans.pop(0)
            if not chain.spans:
                continue
            chain.start = chain.spans[0][0]
        yield before
        before = chain
    if before is not None:
        yield before


def _take(one: _Search, chain: _Chain) -> None:
    """Add the numbers of a chain."""
    if chain.size() < _FEWEST:
        return
    last = chain.spans[-1][1]
    before = one.text[max(0, chain.start - _CONTEXT) : chain.start]
    is_introduced = bool(BEFORE_NUMBER.search(before))
    has_plus = "+" in one.text[chain.start : chain.spans[0][0]]
    if not has_plus and _is_of_other_figures(one, chain, before):
        one.refused_until = last
        return
    is_glued = before[-1:].isalnum() and not is_introduced and not has_plus
    if is_glued or _is_glued_behind(one, last) or (not has_plus and UNIT.match(one.text, last)):
        return
    readings = _readings(one, chain)
    if not readings and has_plus and before.rstrip()[-1:].isdecimal():
        # The plus stands between two numbers: `8 916 …+8 916 …`.
        chain.start = chain.spans[0][0]
        readings = _readings(one, chain)
    for reading, start, end in readings:
        if reading.plain or one.is_field or is_introduced:
            is_last = (reading, start, end) == readings[-1]
            extension = chain.extension if is_last else None
            one.numbers.append(
                Found(reading.number, extension, start, chain.end if extension else end)
            )


def _readings(one: _Search, chain: _Chain) -> "_Covered":
    return _cover(one, chain) or _leftover(one, chain)


def _is_of_other_figures(one: _Search, chain: _Chain, before: str) -> bool:
    """Whether a word in front says that these are an account, an order, a date …"""
    follows = one.refused_until >= 0 and chain.start - one.refused_until <= 3
    if follows and not before[-1:].isalpha():
        return True
    return bool(BEFORE_OTHER_FIGURES.search(before)) and not A_PHONE.search(before)


def _is_glued_behind(one: _Search, end: int) -> bool:
    """Whether letters follow at once. In a field they may: nobody writes parcels' numbers there."""
    behind = one.text[end : end + 1]
    return behind == "@" or (not one.is_field and (behind.isalpha() or behind == "_"))


_Covered = list[tuple[Reading, int, int]]


def _cover(one: _Search, chain: _Chain) -> _Covered:
    """The numbers that take up all digits of the chain; [] when there are no such numbers."""
    spans = chain.spans
    parts = list(_at_wide_gaps(one.text, spans))
    if len(parts) > 1:
        covers = [_whole(one, part, chain) for part in parts]
        if all(covers):
            return [reading for cover in covers for reading in cover]
    return _whole(one, spans, chain) or _several(one, spans, chain)


def _whole(one: _Search, spans: Sequence[tuple[int, int]], chain: _Chain) -> _Covered:
    start, end = _bounds(spans[0][0], spans[-1][1], chain)
    size = sum(stop - begin for begin, stop in spans)
    reading = one.read(start, end) if _FEWEST <= size <= _MOST else None
    return [(reading, start, end)] if reading else []


def _bounds(start: int, end: int, chain: _Chain) -> tuple[int, int]:
    return (chain.start if start == chain.spans[0][0] else start), end


def _at_wide_gaps(
    text: str, spans: Sequence[tuple[int, int]]
) -> Iterator[Sequence[tuple[int, int]]]:
    first = 0
    for place in range(1, len(spans)):
        if _WIDE.search(text, spans[place - 1][1], spans[place][0]):
            yield spans[first:place]
            first = place
    yield spans[first:]


def _several(one: _Search, spans: Sequence[tuple[int, int]], chain: _Chain) -> _Covered:
    """The chain as two or more numbers, each written in full."""
    covers: dict[int, _Covered] = {len(spans): []}
    for first in range(len(spans) - 1, -1, -1):
        size = 0
        for last in range(first, min(first + _MOST_GROUPS, len(spans))):
            size += spans[last][1] - spans[last][0]
            if size > _MOST:
                break
            rest = covers.get(last + 1)
            if size < _FEWEST or rest is None:
                continue
            start, end = _bounds(spans[first][0], spans[last][1], chain)
            reading = one.read(start, end)
            if reading and (reading.plain or _alike(one.text, (start, end), rest)):
                covers[first] = [(reading, start, end), *rest]
    return covers.get(0, [])


def _alike(text: str, place: tuple[int, int], rest: _Covered) -> bool:
    """Whether the numbers beside it have as many digits, where none has a prefix."""
    size = _digits(text[slice(*place)])
    return all(_digits(text[start:end]) == size for _, start, end in rest)


def _digits(text: str) -> int:
    return sum(map(str.isdecimal, text))


def _leftover(one: _Search, chain: _Chain) -> _Covered:
    """The one number of a chain beside a few digits of something else: an hour, a house."""
    spans = chain.spans
    for first in range(len(spans)):
        before = spans[:first]
        if sum(end - start for start, end in before) > 4:
            break
        if before and one.text[before[-1][1] : spans[first][0]].strip():
            continue
        for last in range(min(first + _MOST_GROUPS, len(spans)) - 1, first - 1, -1):
            size = sum(end - start for start, end in spans[first : last + 1])
            behind = spans[last + 1 :]
            if not _FEWEST <= size <= _MOST or not _are_hours(one.text, behind):
                continue
            if behind and one.text[spans[last][1] : behind[0][0]].strip():
                continue
            start, end = _bounds(spans[first][0], spans[last][1], chain)
            reading = one.read(start, end)
            if (
                reading
                and reading.plain
                and (not behind or phone_numbers.is_mobile(reading.number))
            ):
                return [(reading, start, end)]
    return []


def _are_hours(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether these groups can only be times of the day; behind a switchboard they may be more."""
    return len(spans) <= 4 and all(
        end - start <= 2 and int(text[start:end]) < 60 for start, end in spans
    )
