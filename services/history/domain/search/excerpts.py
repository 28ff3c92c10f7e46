"""Cuts out of a found text what is shown of it, around the words that were searched for.

What is shown are pieces, each a match or not: no markup, so nothing a customer wrote can become
any. PostgreSQL says what matches, since only it knows the stems.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.history.domain.search.documents import Part
from services.history.domain.search.words import fold

LONGEST_EXCERPT = 240  # characters
MOST_EXCERPTS = 4  # of one document
_BEFORE = 80  # characters shown before the first word
_STEM = 4  # letters that nearly all forms of a word share
START, STOP = "\ue000", "\ue001"  # never in folded text


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a part's text: `folded` has the same length as `text`. `may_match`: a word in it
    begins as one that was searched for.
    """

    label: str
    text: str
    folded: str
    may_match: bool


def windows_of(parts: Sequence[Part], words: Sequence[str]) -> list[Window]:
    """Stretches of the parts in which the folded words seem to stand, of others the beginning."""
    return [_window(part, [word[:_STEM] for word in words]) for part in parts]


def _window(part: Part, stems: Sequence[str]) -> Window:
    folded = " " + fold(part.text)
    places = [place for stem in stems if (place := folded.find(f" {stem}")) >= 0]
    start = max(0, min(places, default=0) - _BEFORE)
    if start:  # not in the middle of a word
        start = folded.find(" ", start)
    end = start + LONGEST_EXCERPT
    text, comparable = part.text[start:end], folded[1 + start : 1 + end]
    return Window(part.label, text, comparable, may_match=bool(places))


def pieces_of(window: Window, marked: str) -> tuple[Piece, ...]:
    """The window's text in pieces; `marked` is its folded text with marks around what matches."""
    pieces: list[Piece] = []
    for length, is_match in _runs(marked):
        start = sum(len(piece.text) for piece in pieces)
        text = window.text[start : start + length]
        if text:
            pieces.append(Piece(text, is_match))
    rest = window.text[sum(len(piece.text) for piece in pieces) :]
    return (*pieces, Piece(rest, is_match=False)) if rest else tuple(pieces)


def _runs(marked: str) -> Iterator[tuple[int, bool]]:
    """How many characters match or do not, one after the other."""
    for number, run in enumerate(marked.split(START)):
        match, _, rest = run.partition(STOP) if number else ("", "", run)
        yield len(match), True
        yield len(rest), False
