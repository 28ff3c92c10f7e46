"""Phones and addresses in the words of a mail: whose they are, by what stands around them.

Invariant: a point identifies only where the writer introduces it as their own or signs with it.
Numbers of requisites, orders, parcels and dates are no phones.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.intake.channels.parsing import phones
from services.intake.channels.parsing.emails import address
from services.intake.channels.parsing.phones import MAX_SEARCHED
from services.intake.domain.point_words import (
    ASKS_TO_CALL,
    CLOSES,
    DATE,
    INTRODUCES,
    LONG_DIGITS,
    MAIL,
    MINE,
    MINE_ALONE,
    MY_POINT,
    NO_PHONE,
    OTHERS,
    THEIR_POINT,
    WEB,
)

MAX_FOUND = 100  # numbers, and addresses, of one text that are looked at
_MOST_OF_SIGNATURE = 14  # filled lines below a closing, or at the end
_LAST_LINES = 4
_MOST_SIGNED = 2  # numbers that nothing introduces; more of them are other people's
_SENTENCE = re.compile(r"[!?;]|\.\s+(?=[A-ZА-ЯЁ])")
_LONGEST_AND = 4  # letters between two points of one list
_LONGEST_LINE = 300  # around a point; people write no longer ones in a signature
_BEFORE = 90
_AFTER = 30


class Mention(NamedTuple):
    """A number or address, and where it stands in the text."""

    value: str
    start: int
    end: int
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class TextPoints:
    """What the writer gives as their own, and what is only mentioned."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    mentioned_phones: tuple[str, ...] = ()
    mentioned_emails: tuple[str, ...] = ()
    extensions: Mapping[str, str] = field(default_factory=dict)


def points_of_text(
    text: str, country: str, *, is_own_phone: Callable[[str], bool], is_own: Callable[[str], bool]
) -> TextPoints:
    """The points of a text in their order. The company's own numbers are mentioned at most, its
    addresses not at all.
    """
    words = text[:MAX_SEARCHED]
    scene = _Scene(words)
    numbers = list(_phones(words, country))
    emails = [place for place in _emails(words) if not is_own(place.value)]
    places = sorted((*numbers, *emails), key=lambda place: place.start)
    ends = [0, *(place.end for place in places)]
    verdicts = {
        place: scene.verdict(place, after=end) for place, end in zip(places, ends, strict=False)
    }
    signed = {place for place in places if verdicts[place] is None and scene.is_signed(place)}
    if len(signed.intersection(numbers)) > _MOST_SIGNED:
        signed.clear()  # a list of people
    mine = signed | {place for place in places if verdicts[place]}
    own_phones = _values(one for one in numbers if one in mine and not is_own_phone(one.value))
    own_emails = _values(one for one in emails if one in mine)
    return TextPoints(
        own_phones,
        own_emails,
        _values(one for one in numbers if one.value not in own_phones),
        _values(one for one in emails if one.value not in own_emails),
        {one.value: one.extension for one in numbers if one.extension},
    )


def _values(places: Iterable[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(place.value for place in places))


class _Scene:
    """The text around its points: lines, and where the signature begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.signature, self.last_lines = _ends(text)

    def verdict(self, point: Mention, *, after: int) -> bool | None:
        """Whether the writer gives a point as their own; None when nothing is said of it. `after`
        is where the one before it ends, whose introduction counts for both in a list.
        """
        start, line_end = self._line(point)
        if self.text[start:line_end].lstrip().startswith(">"):
            return False
        before = self._before(point, start, max(start, after))
        behind = _SENTENCE.split(self.text[point.end : min(line_end, point.end + _AFTER)])[0]
        return _verdict(before, behind)

    def _line(self, point: Mention) -> tuple[int, int]:
        """Where the line of a point begins and ends, as far as it is looked at."""
        first, last = max(0, point.start - _LONGEST_LINE), point.end + _LONGEST_LINE
        start = max(first, self.text.rfind("\n", first, point.start) + 1)
        stop = self.text.find("\n", point.end, last)
        return start, min(last, len(self.text)) if stop < 0 else stop

    def _before(self, point: Mention, start: int, after: int) -> str:
        """The words that lead to a point: of its sentence, else of the line above."""
        begin = max(after, point.start - _BEFORE)
        words = self.text[begin : point.start]
        if begin > start and sum(map(str.isalpha, words)) <= _LONGEST_AND:
            begin = max(start, point.start - _BEFORE)  # one more in a list of points
            words = self.text[begin : point.start]
        if begin == start and not any(map(str.isalpha, words)) and start:
            title = self.text[max(0, start - _BEFORE) : start].rstrip().rpartition("\n")[2]
            words = f"{title} {words}" if title.endswith((":", "-", "–", "—")) else words
        return _SENTENCE.split(words)[-1]

    def is_signed(self, point: Mention) -> bool:
        """Whether a point stands in the signature, or alone in one of the last lines."""
        start, line_end = self._line(point)
        line = self.text[start:line_end]
        if OTHERS.search(line):
            return False
        if point.start >= self.signature:
            return True
        others = sum(map(str.isalpha, line.replace(self.text[point.start : point.end], "")))
        words = len(line.split())
        return point.start >= self.last_lines and (others <= 2 or (words <= 8 and others <= 30))


def _verdict(before: str, behind: str) -> bool | None:
    """Whose a point is by the words around it: the writer's, somebody else's, or unsaid."""
    mine, theirs = _end_of(MY_POINT, before), _end_of(THEIR_POINT, before)
    if mine or theirs:
        return mine >= theirs
    if MINE.search(behind) or MINE_ALONE.search(before):
        return True
    others, asks = _end_of(OTHERS, before), _end_of(ASKS_TO_CALL, before)
    if others or asks:
        return asks > others
    return True if INTRODUCES.search(before) else None


def _end_of(pattern: re.Pattern[str], words: str) -> int:
    """Where the last match ends, 0 for none."""
    return max((match.end() for match in pattern.finditer(words)), default=0)


def _ends(text: str) -> tuple[int, int]:
    """Where the signature begins, by its closing words, and where the last few lines do."""
    signature = last_lines = len(text)
    end = len(text)
    filled = 0
    while end > 0 and filled < _MOST_OF_SIGNATURE:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        if line.strip():
            filled += 1
            if filled <= _LAST_LINES:
                last_lines = start
            if len(line) <= 100 and CLOSES.fullmatch(line):
                signature = start
        end = start - 1
    return signature, last_lines


def _phones(words: str, country: str) -> Iterator[Mention]:
    plain = words
    for pattern in (WEB, MAIL, DATE, NO_PHONE, LONG_DIGITS):
        plain = pattern.sub(lambda match: "x" * len(match[0]), plain)
    for number in phones.mentions(plain, country)[:MAX_FOUND]:
        yield Mention(number.number, number.start, number.end, number.extension)


def _emails(words: str) -> Iterator[Mention]:
    for count, match in enumerate(MAIL.finditer(words)):
        if count >= MAX_FOUND:
            return
        mail_address = address(match[0].strip(".'"))
        if mail_address:
            yield Mention(mail_address, match.start(), match.end())
