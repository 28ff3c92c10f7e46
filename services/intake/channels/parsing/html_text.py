"""The words of an HTML mail, line by line as a reader sees them, in one pass over its letters.

Invariant: linear time on any input. No tree is built, because the HTML standard's own algorithm
takes time that grows with the square of a hostile mail.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

MAX_HTML = 1_000_000  # characters of a mail's HTML that are read; what follows is left out
_LINES = {"br": "\n", "hr": "\n\n"}
_BLOCKS = frozenset(
    ["p", "div", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"]
)
_CELLS = frozenset({"td", "th"})
_ROWS = frozenset({"tr", "li"})  # they follow one another without an empty line
# The content of these elements is neither visible nor markup.
_UNSEEN = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE | re.ASCII)
    for name in ("script", "style", "title", "template")
}
_HOLDERS = frozenset({"blockquote", "div", "table", "td"})
# How mail programs name the division in which they put the mail that is answered.
_QUOTES = frozenset(
    {"gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "zmail_extra"}
)
# Outlook's division holds the headers of the mail that is answered; its words follow below.
_REST_BEGINS = frozenset({"divRplyFwdMsg"})
_ALL_THE_REST = "*"
_NAME = re.compile(r"[a-zA-Z][^\s/>]*+")
# A tag ends at the first `>` outside of quotes. Possessive, so that no letter is tried twice.
_REST = re.compile(r"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(?:class|id)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))", re.IGNORECASE
)
_LONG_NUMBER = re.compile(r"&#(?:\d{8,}+|[xX][0-9a-fA-F]{7,}+);?")
_BLANKS = re.compile(r"\s+")
_BLANKS_OF_A_LINE = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    closes: bool = False
    rest: str = ""


@dataclass(slots=True)
class _Page:
    """The words so far, with and without what the mail marks as quoted."""

    words: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    quote: str = ""  # the tag that a quoted part began with, while one is open
    inside: Counter[str] = field(default_factory=Counter)  # holders open since then

    def add(self, words: str) -> None:
        self.words.append(words)
        if not self.quote:
            self.own.append(words)

    def follow(self, tag: _Tag) -> None:
        """Track where a quoted part begins and ends: with its own tag, or with an outer holder."""
        if tag.name not in _HOLDERS or self.quote == _ALL_THE_REST:
            return
        if tag.name == "div" and not tag.closes and not _REST_BEGINS.isdisjoint(_names(tag)):
            self.quote = _ALL_THE_REST
            return
        if not self.quote:
            if not tag.closes and _begins_quote(tag):
                self.quote = tag.name
                self.inside = Counter({tag.name: 1})
            return
        self.inside[tag.name] += -1 if tag.closes else 1
        if self.inside[tag.name] < 0:
            self.own.append("\n")
            self.quote = ""
        elif not self.inside[self.quote]:
            self.quote = ""


def html_text(html: str, *, with_quotes: bool = False) -> str:
    """The visible text: blocks on lines of their own, spaces collapsed. What the mail marks as
    quoted is left out unless it is asked for, or nothing else remains.
    """
    page = _Page()
    for piece in _pieces(_BLANKS.sub(" ", html[:MAX_HTML])):
        if isinstance(piece, str):
            page.add(_plain(piece))
        elif piece.name in _LINES:
            page.add("" if piece.closes else _LINES[piece.name])
        elif piece.name in _CELLS and not piece.closes:
            page.follow(piece)
            page.add("\t")
        elif piece.name not in _BLOCKS:
            page.follow(piece)
        elif piece.closes:
            page.add("" if piece.name in _ROWS else "\n")
            page.follow(piece)
        else:
            page.follow(piece)
            page.add("\n")
    return (not with_quotes and _tidy(page.own)) or _tidy(page.words)


def _pieces(html: str) -> Iterator[str | _Tag]:
    """Texts and tags in turn. What follows an unclosed tag or comment is left out."""
    place = 0
    quotes_count = True
    while (opens := html.find("<", place)) >= 0:
        yield html[place:opens]
        closes = html.startswith("/", opens + 1)
        name = _NAME.match(html, opens + 1 + closes)
        if name is None:
            place = _after_oddity(html, opens)
            if place == opens:
                yield "<"
                place += 1
            continue
        rest = _REST.match(html, name.end()) if quotes_count else None
        # After the first quote that never ends, every tag ends at the next `>`: linear time.
        quotes_count = rest is not None
        place = rest.end() if rest else html.find(">", name.end()) + 1
        if not place:
            return
        tag = _Tag(name.group().lower(), closes, html[name.end() : place])
        if tag.name in _UNSEEN and not closes:
            place = _after_unseen(html, tag.name, place)
            continue
        yield tag
    yield html[place:]


def _after_oddity(html: str, opens: int) -> int:
    """Where a comment or declaration ends; `opens` itself if the `<` is only text."""
    if html.startswith("<!--", opens):
        end = html.find("-->", opens + 2)
        return end + 3 if end >= 0 else len(html)
    if html.startswith(("<!", "<?", "</"), opens):
        return html.find(">", opens) + 1 or len(html)
    return opens


def _after_unseen(html: str, name: str, place: int) -> int:
    end = _UNSEEN[name].search(html, place)
    return html.find(">", end.end()) + 1 or len(html) if end else len(html)


def _begins_quote(tag: _Tag) -> bool:
    if tag.name != "div":
        return tag.name == "blockquote"
    return not _QUOTES.isdisjoint(_names(tag))


def _names(tag: _Tag) -> list[str]:
    """The classes and the id of a tag."""
    names = (" ".join(filter(None, value)) for value in _ATTRIBUTE.findall(tag.rest))
    return " ".join(names).split()


def _plain(text: str) -> str:
    """The text with its entities decoded."""
    # Very long numbers stand for no character; Python refuses to convert them.
    return unescape(_LONG_NUMBER.sub("\ufffd", text) if "&#" in text else text)


def _blank(blanks: re.Match[str]) -> str:
    """What is left between two words; cells of one row stay apart."""
    return "\t" if "\t" in blanks[0] else " "


def _tidy(words: list[str]) -> str:
    lines = (_BLANKS_OF_A_LINE.sub(_blank, line).strip() for line in "".join(words).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()
