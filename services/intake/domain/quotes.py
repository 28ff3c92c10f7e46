r"""A reply's own words without the mail that it answers, in ten languages.

Invariant: only a mail that is a reply is cut, and in doubt the words stay: what is cut is marked
line by line, or begins with what only mail programs write. A mail that is only a quote stays whole.
"""

import re

from services.intake.domain.header_blocks import header_block
from services.intake.domain.mail_words import FORWARDS, ORIGINAL, WROTE

# A line that announces a quote. Lengths are bounded, so every pattern stays linear.
_ANNOUNCES = re.compile(
    rf"(?:(?:\b(?:{WROTE})(?:\s[^\n:]{{1,150}})?\s?|<[^<>\s@]{{1,200}}@[^<>\s@]{{1,200}}>)\s?:"
    r"|\bтому назад,? .{1,100}:)\s*$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[<(\[][^<>\s@]{1,200}@[^<>\s@]{1,200}[>)\]]|\bmailto:")
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_DAY = re.compile(r"\b(?:19|20)\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_RULE = re.compile(r"\s*[_-]{5,}\s*")
_MOST_WRAPPED = 5  # lines of one announcement
_LONGEST_ANNOUNCEMENT = 700
_LONGEST_LINE = 1000
_LONGEST_END = 300


def unquoted(text: str) -> str:
    """The sender's own words of a reply; the whole text when nothing of it is their own."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    own_lines: list[str] = []
    index = 0
    while index < len(lines):
        if FORWARDS.fullmatch(lines[index][:_LONGEST_LINE]):
            own_lines.extend(line.rstrip() for line in lines[index:])
            break
        if _opens_answered_mail(lines, index):
            break
        height = _announcement(lines, index)
        after = _next_filled(lines, index + height) if height else index
        if height and after < len(lines) and is_quoted(lines[after]):
            index = _end_of_run(lines, after)
        elif height and _is_by_program(lines[index : index + height]):
            break
        elif is_quoted(lines[index]):
            index += 1
        else:
            own_lines.append(lines[index].rstrip())
            index += 1
    return tidy(own_lines) or tidy([line.rstrip() for line in lines])


def is_quoted(line: str) -> bool:
    return line.lstrip().startswith((">", "|>"))


def tidy(lines: list[str]) -> str:
    """The lines as one text, with one empty line at most between them."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _announcement(lines: list[str], index: int) -> int:
    """How many lines announce a quote here; more than one when the announcement was wrapped."""
    first = lines[index]
    if not first.strip() or is_quoted(first):
        return 0
    if _announces(first) or _is_dated_title(lines, index):
        return 1
    if not _begins_announcement(first):
        return 0
    words = first[:_LONGEST_LINE]
    for height in range(2, _MOST_WRAPPED + 1):
        line = lines[index + height - 1] if index + height <= len(lines) else ""
        if not line.strip() or is_quoted(line):
            return 0
        words = f"{words} {line[:_LONGEST_LINE].strip()}"
        if len(words) > _LONGEST_ANNOUNCEMENT:
            return 0
        if _announces(words):
            return height
    return 0


def _is_dated_title(lines: list[str], index: int) -> bool:
    """Whether a line with a moment or an address leads to a quoted run, whatever its verb is."""
    line = lines[index][:_LONGEST_LINE].rstrip()
    if not line.endswith(":") or not _begins_announcement(line):
        return False
    after = _next_filled(lines, index + 1)
    is_marked = after < len(lines) and is_quoted(lines[after])
    return is_marked or bool(_ADDRESS.search(line) and _CLOCK.search(line) and _DAY.search(line))


def _announces(words: str) -> bool:
    end = _unwrapped(words.rstrip())
    return end.endswith(":") and bool(_ANNOUNCES.search(end))


def _unwrapped(words: str) -> str:
    """The end of an announcement whose address was wrapped behind its bracket."""
    return words[-_LONGEST_END:].replace("< ", "<")


def _begins_announcement(line: str) -> bool:
    start = line[:_LONGEST_LINE]
    return bool(_DAY.search(start) or _CLOCK.search(start) or _ADDRESS.search(start))


def _is_by_program(lines: list[str]) -> bool:
    """Whether an announcement without quote marks names what people do not: an address, or a whole
    date with the time of day.
    """
    words = _unwrapped(" ".join(line[:_LONGEST_LINE] for line in lines)[-_LONGEST_ANNOUNCEMENT:])
    return bool(_ADDRESS.search(words) or (_DAY.search(words) and _CLOCK.search(words)))


def _opens_answered_mail(lines: list[str], index: int) -> bool:
    line = lines[index][:_LONGEST_LINE]
    if ORIGINAL.fullmatch(line):
        return True
    start = _next_filled(lines, index + 1) if _RULE.fullmatch(line) else index
    return header_block(lines, start) is not None


def _next_filled(lines: list[str], index: int) -> int:
    """The next line that holds anything, at most two blank lines away."""
    for ahead in range(index, min(index + 3, len(lines))):
        if lines[ahead].strip():
            return ahead
    return min(index, len(lines))


def _end_of_run(lines: list[str], index: int) -> int:
    while index < len(lines) and is_quoted(lines[index]):
        index += 1
    return index
