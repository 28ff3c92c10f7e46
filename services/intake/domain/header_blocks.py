"""Header blocks that mail programs put above a mail inside of another one, and forwarded mails.

Invariant: a block has three different lines at least, and an address, a time of day or the bold
labels that programs write.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.intake.domain.mail_words import END_OF_FORWARD, FORWARDS, HEADER_LINE

MOST_FORWARDS = 5  # forwarded mails of one mail that are looked at
_LINE = re.compile(
    r"\s{0,9}\*{0,2}([^\W\d_][^:：*\n]{0,20}?)\s?\*{0,2}\s?[:：]\s?\*{0,2}\s{0,9}(.{0,900})"
)
_ADDRESS = re.compile(r"[^\s<>@:]{1,64}@[^\s<>@]{1,200}\.[^\s<>@]{2,63}")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_LEAST_LINES = 3
_MOST_LINES = 12  # of a block, with those that were wrapped
_MOST_WRAPPED = 3  # lines in a row that begin with no name of a header


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """`end` is the first line after the block; `sender` what stands behind its "From:"."""

    end: int
    sender: str


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A forwarded mail: what stands before it, who it is from, and what it says."""

    before: str
    sender: str
    text: str


def header_block(lines: Sequence[str], index: int) -> HeaderBlock | None:
    """The header block that begins with this line."""
    if index >= len(lines) or _named(lines[index]) is None:
        return None
    values: dict[str, str] = {}
    end = index
    wrapped = 0
    last = ""
    for place in range(index, min(index + _MOST_LINES, len(lines))):
        line = lines[place]
        named = _named(line)
        if named is not None:
            last, value = named
            wrapped = 0
            values.setdefault(last, value)
            end = place + 1
        elif line.strip():
            wrapped += 1
            values[last] += " " + line.strip()[:500]
        elif len(values) >= _LEAST_LINES:
            break
        if wrapped > _MOST_WRAPPED:
            break
    is_bold = sum(line.lstrip().startswith("*") for line in lines[index:end]) >= _LEAST_LINES
    is_dated = is_bold or bool(_CLOCK.search(values.get("sent", "")))
    if len(values) < _LEAST_LINES or not (is_dated or _ADDRESS.search(" ".join(values.values()))):
        return None
    return HeaderBlock(end, values.get("from", ""))


@lru_cache(maxsize=32)  # blocks are looked for at every line, and look some lines ahead
def _named(line: str) -> tuple[str, str] | None:
    """Which line of a header block this is, and its value."""
    match = _LINE.match(line[:1000])
    kind = HEADER_LINE.get(" ".join(match[1].lower().split())) if match else None
    return (kind, match[2].strip()) if match and kind else None


def forwarded_mails(text: str, *, is_forward: bool) -> list[Forwarded]:
    """The mails that are forwarded in a text, in their order. A header block without a separator
    above it counts only in a mail that `is_forward` by its subject.
    """
    lines = [_without_marks(line) for line in text.split("\n")]
    mails: list[Forwarded] = []
    starts = _starts(lines, is_forward=is_forward)
    for number, (start, words_from, sender) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(lines)
        words = lines[words_from:end]
        over = next((at for at, line in enumerate(words) if END_OF_FORWARD.fullmatch(line)), None)
        mails.append(Forwarded("\n".join(lines[:start]), sender, "\n".join(words[:over])))
    return mails


def _starts(lines: Sequence[str], *, is_forward: bool) -> list[tuple[int, int, str]]:
    """Where a forwarded mail begins, where its words begin, and who it is from."""
    starts: list[tuple[int, int, str]] = []
    index = 0
    while index < len(lines) and len(starts) < MOST_FORWARDS:
        is_separator = bool(FORWARDS.fullmatch(lines[index][:200]))
        first = _next_filled(lines, index + 1) if is_separator else index
        block = header_block(lines, first) if is_separator or is_forward else None
        if block is not None:
            starts.append((index, block.end, block.sender))
            index = block.end
        elif is_separator:
            line = lines[first][:1000] if first < len(lines) else ""
            starts.append((index, first + 1, line if _ADDRESS.search(line) else ""))
            index = first + 1
        else:
            index += 1
    return starts


def _without_marks(line: str) -> str:
    """The line without the marks by which some programs quote what they forward."""
    return line.lstrip("> ") if line.startswith(">") else line


def _next_filled(lines: Sequence[str], index: int) -> int:
    return next((at for at in range(index, min(index + 4, len(lines))) if lines[at].strip()), index)
