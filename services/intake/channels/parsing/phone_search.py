"""The telephone numbers of a text or a field: chains of digits, cut where people put two numbers.

Invariant: figures that something else may explain, as a date, an account or an order, are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from services.intake.channels.parsing.phone_chains import FEWEST_DIGITS, GROUP, Chain, chains
from services.intake.channels.parsing.phone_cover import (
    LONGEST_EXTENSION,
    Attempts,
    cover,
    readings,
)
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
_CONTEXT = 40  # characters before a number in which its label is looked for
_NUMERO = ("№", "#")
_NEAR = 3  # characters between figures of one kind


class PhoneMention(NamedTuple):
    """A number in E.164, the digits to dial after it, and its place in the text."""

    number: str
    extension: str | None
    start: int
    end: int


@dataclass(slots=True)
class _Search:
    """One search; `is_field`: the text is the value of a field for numbers."""

    attempts: Attempts
    is_field: bool
    refused_until: int = -_CONTEXT
    numbers: list[PhoneMention] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.attempts.text


def search(text: str, country: str, *, is_field: bool = False) -> list[PhoneMention]:
    """The numbers in their order; in a field also those that only a label would make sure."""
    if not GROUP.search(text):
        return []
    plain, places = visible_with_places(text)
    attempts = Attempts(without_other_figures(plain), country.upper(), MAX_TRIES)
    one = _Search(attempts, is_field)
    for chain in _with_extensions(one, chains(one.text)):
        _take(one, chain)
        if attempts.rest <= 0:
            break
    return [
        PhoneMention(number, extension, places[start], places[end])
        for number, extension, start, end in one.numbers
    ]


def _with_extensions(one: _Search, every: Iterator[Chain]) -> Iterator[Chain]:
    """The chains; digits behind a word for extensions belong to the number before that word."""
    before: Chain | None = None
    for chain in every:
        if before is None:
            before = chain
            continue
        gap = one.text[before.spans[-1][1] : chain.spans[0][0]]
        start, end = chain.spans[0]
        is_extension = (
            len(gap) <= _CONTEXT
            and end - start <= LONGEST_EXTENSION
            and before.size() >= FEWEST_DIGITS
            and BEFORE_EXTENSION.fullmatch(gap)
            and not (chain.size() >= FEWEST_DIGITS and cover(one.attempts, chain))
        )
        if is_extension:
            _extend(one, before, chain)
            if not chain.spans:
                continue
        yield before
        before = chain
    if before is not None:
        yield before


def _extend(one: _Search, before: Chain, chain: Chain) -> None:
    """Take the extension off the chain: its first group, and what hangs on it by a dash."""
    text = one.text
    before.extension = ""
    while chain.spans:
        start, end = chain.spans[0]
        is_joined = not before.extension or text[before.end : start] == "-"
        if not is_joined or len(before.extension) + end - start > LONGEST_EXTENSION:
            break
        before.extension += text[start:end]
        before.end = end
        chain.spans.pop(0)
    if chain.spans:
        chain.start = chain.spans[0][0]


def _take(one: _Search, chain: Chain) -> None:
    """Add the numbers of a chain."""
    if chain.size() < FEWEST_DIGITS:
        return
    last = chain.spans[-1][1]
    before = one.text[max(0, chain.start - _CONTEXT) : chain.start]
    is_introduced = bool(BEFORE_NUMBER.search(before))
    has_plus = "+" in one.text[chain.start : chain.spans[0][0]]
    if not has_plus and _is_of_other_figures(one, chain, before):
        one.refused_until = last
        return
    if _is_glued(one, before) and not (is_introduced or has_plus):
        return
    if _is_glued_behind(one, chain) or (not has_plus and UNIT.match(one.text, last)):
        return
    numbers = readings(one.attempts, chain)
    if not numbers and has_plus and before.rstrip()[-1:].isdecimal():
        # The plus stands between two numbers: `8 916 …+8 916 …`.
        chain.start = chain.spans[0][0]
        numbers = readings(one.attempts, chain)
    for reading, start, end in numbers:
        if reading.plain or one.is_field or is_introduced:
            extension = chain.extension if end == numbers[-1][2] else None
            one.numbers.append(
                PhoneMention(reading.number, extension, start, chain.end if extension else end)
            )


def _is_of_other_figures(one: _Search, chain: Chain, before: str) -> bool:
    """Whether a word in front says that these are an account, an order, a date …"""
    if chain.start - one.refused_until <= _NEAR and not before[-1:].isalpha():
        return True
    is_numbered = not one.is_field and before.rstrip().endswith(_NUMERO)
    if not (is_numbered or BEFORE_OTHER_FIGURES.search(before)):
        return False
    return not A_PHONE.search(before)


def _is_glued(one: _Search, before: str) -> bool:
    """Whether a letter stands right in front. In a field a word of another alphabet may."""
    sign = before[-1:]
    return sign.isalnum() and (sign.isascii() or not one.is_field)


def _is_glued_behind(one: _Search, chain: Chain) -> bool:
    """Whether letters follow at once. In a field they may: nobody writes parcels' numbers there."""
    end = chain.spans[-1][1]
    behind = one.text[end : end + 1]
    if behind == "@":
        return True
    return not (one.is_field or chain.extension) and (behind.isalpha() or behind == "_")
