r"""A mail's own words without the mail it answers: Russian and English.

When in doubt the words stay; a mail that is only a quote is kept whole.
"""

import re

# A line that announces a quote. Lengths are bounded, so every pattern stays linear.
_ANNOUNCES = re.compile(
    r"(?:(?:wrote|writes|пишет|пишут|(?:на)?писали?|(?:на)?писала|(?:на)?писал\(а\))\s?"
    r"|<[^<>\s@]{1,200}@[^<>\s@]{1,200}>):\s*$",
    re.IGNORECASE,
)
# An announcement that mail programs make: it names a moment or an address.
_BY_PROGRAM = re.compile(r"\d{1,2}[:.]\d{2}|<[^<>\s]{3,200}@|\b(?:19|20)\d{2}\b")
_SEPARATOR = re.compile(
    r"^\s*-{2,}\s*(?:original message|forwarded message|исходное сообщение|"
    r"пересылаемое сообщение|пересланное сообщение)\s*-{2,}\s*$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\s*\*?(?:from|от|от кого)\s?:\*?\s", re.IGNORECASE)
_SENT = re.compile(r"^\s*\*?(?:sent|date|отправлено|дата)\s?:\*?\s", re.IGNORECASE)
_TO = re.compile(r"^\s*\*?(?:to|subject|cc|кому|тема|копия)\s?:\*?\s", re.IGNORECASE)
_RULE = re.compile(r"^\s*[_-]{5,}\s*$")
_HEADER_REACH = 6
_LONGEST_LINE = 1000
_LONGEST_END = 300


def unquoted(text: str) -> str:
    """The sender's own words; the whole text when nothing of it is their own."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    own_lines: list[str] = []
    index = 0
    while index < len(lines):
        if _opens_outlook_block(lines, index):
            break
        height = _announcement(lines, index)
        after = _next_filled(lines, index + height) if height else index
        if height and after < len(lines) and _is_quoted(lines[after]):
            index = _end_of_run(lines, after)
        elif height and _BY_PROGRAM.search(" ".join(lines[index : index + height])):
            break
        elif _is_quoted(lines[index]):
            index += 1
        else:
            own_lines.append(lines[index].rstrip())
            index += 1
    own = _tidy(own_lines)
    return own or _tidy([line.rstrip() for line in lines])


def _announcement(lines: list[str], index: int) -> int:
    """How many lines announce a quote here: none, one, or two when the first was wrapped."""
    if _ANNOUNCES.search(lines[index][-_LONGEST_END:]) and not _is_quoted(lines[index]):
        return 1
    next_line = lines[index + 1] if index + 1 < len(lines) else ""
    may_wrap = lines[index].strip() and not _is_quoted(lines[index]) and not _is_quoted(next_line)
    if may_wrap and len(next_line) < 200 and _ANNOUNCES.search(next_line[-_LONGEST_END:]):
        first = lines[index][:_LONGEST_LINE]
        return 2 if re.match(r"\s*On\s", first) or _BY_PROGRAM.search(first) else 0
    return 0


def _opens_outlook_block(lines: list[str], index: int) -> bool:
    line = lines[index][:_LONGEST_LINE]
    if _SEPARATOR.match(line):
        return True
    start = index
    if _RULE.match(line):
        start = _next_filled(lines, index + 1)
    if start >= len(lines) or not _FROM.match(lines[start][:_LONGEST_LINE]):
        return False
    block = [line[:_LONGEST_LINE] for line in lines[start + 1 : start + _HEADER_REACH]]
    return any(map(_SENT.match, block)) and any(map(_TO.match, block))


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _next_filled(lines: list[str], index: int) -> int:
    """The next line that holds anything, at most two blank lines away."""
    for ahead in range(index, min(index + 3, len(lines))):
        if lines[ahead].strip():
            return ahead
    return min(index, len(lines))


def _end_of_run(lines: list[str], index: int) -> int:
    while index < len(lines) and _is_quoted(lines[index]):
        index += 1
    return index


def _tidy(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
