"""Which numbers a chain of digits holds: one, several that take up all of it, one beside others."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.channels.parsing import phone_numbers
from services.intake.channels.parsing.phone_chains import (
    FEWEST_DIGITS,
    MOST_DIGITS,
    Chain,
    Span,
    at_wide_gaps,
    size,
)
from services.intake.channels.parsing.phone_numbers import Reading

_MOST_GROUPS = 10  # of one number
LONGEST_EXTENSION = 6
_FEWEST_OF_EXTENSION = 3  # digits, where no word tells that they are one
_MOST_BEFORE = 4  # digits in front of a number that are something else
_MOST_HOURS = 4  # groups

Covered = list[tuple[Reading, int, int]]


@dataclass(slots=True)
class Attempts:
    """A text, and how often digits of it may still be tried as a number of `country`."""

    text: str
    country: str
    rest: int

    def read(self, start: int, end: int) -> Reading | None:
        if self.rest <= 0:
            return None
        self.rest -= 1
        reading = phone_numbers.read(self.text[start:end], self.country)
        return None if reading is None or reading.is_round else reading


def readings(attempts: Attempts, chain: Chain) -> Covered:
    """The numbers of a chain with their places. May find an extension at its end."""
    return cover(attempts, chain) or _beside(attempts, chain)


def cover(attempts: Attempts, chain: Chain) -> Covered:
    """The numbers that take up all digits of the chain; [] when there are no such numbers."""
    parts = at_wide_gaps(attempts.text, chain.spans)
    if len(parts) > 1:
        covers = [_whole(attempts, chain, part) for part in parts]
        if all(covers):
            return [reading for one in covers for reading in one]
    return _whole(attempts, chain, chain.spans) or _several(attempts, chain)


def _whole(attempts: Attempts, chain: Chain, spans: Sequence[Span]) -> Covered:
    start, end = chain.bounds(spans)
    is_one = FEWEST_DIGITS <= size(spans) <= MOST_DIGITS
    reading = attempts.read(start, end) if is_one else None
    return [(reading, start, end)] if reading else []


def _several(attempts: Attempts, chain: Chain) -> Covered:
    """The chain as two or more numbers, each written in full."""
    spans = chain.spans
    covers: dict[int, Covered] = {len(spans): []}
    for first in range(len(spans) - 1, -1, -1):
        for last in range(first, min(first + _MOST_GROUPS, len(spans))):
            rest = covers.get(last + 1)
            one = _whole(attempts, chain, spans[first : last + 1]) if rest is not None else []
            if one and (one[0][0].plain or _alike(attempts.text, [*one, *(rest or [])])):
                covers[first] = [*one, *(rest or [])]
    return covers.get(0, [])


def _alike(text: str, numbers: Covered) -> bool:
    """Whether the numbers have as many digits, where none has a prefix."""
    return len({sum(map(str.isdecimal, text[start:end])) for _, start, end in numbers}) == 1


def _beside(attempts: Attempts, chain: Chain) -> Covered:
    """The one number of a chain beside a few digits of something else: an hour, a house."""
    spans = chain.spans
    for first in range(len(spans)):
        before = spans[:first]
        if size(before) > _MOST_BEFORE:
            break
        if before and attempts.text[before[-1][1] : spans[first][0]].strip():
            continue
        for last in range(min(first + _MOST_GROUPS, len(spans)) - 1, first - 1, -1):
            one = _whole(attempts, chain, spans[first : last + 1])
            if one and one[0][0].plain and _may_follow(attempts.text, chain, one[0], last + 1):
                return one
    return []


def _may_follow(text: str, chain: Chain, number: tuple[Reading, int, int], place: int) -> bool:
    """Whether the groups from `place` on can stand behind the number and be no part of it.

    Behind a mobile number hours may stand. Behind another a few digits are an extension.
    """
    behind = chain.spans[place:]
    if not behind:
        return True
    start, end = behind[0]
    if phone_numbers.is_mobile(number[0].number):
        gap = text[number[2] : start]
        return not gap.strip() and len(behind) <= _MOST_HOURS and _are_hours(text, behind)
    if len(behind) > 1 or not _FEWEST_OF_EXTENSION <= end - start < LONGEST_EXTENSION:
        return False
    chain.extension, chain.end = text[start:end], end
    return True


def _are_hours(text: str, spans: Sequence[Span]) -> bool:
    return all(end - start <= 2 and int(text[start:end]) < 60 for start, end in spans)
