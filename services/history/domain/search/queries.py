"""Reads what somebody searches for.

Plain words must all be there, the last one perhaps unfinished; a phone in any notation, an address
or its beginning, and a foreign id are found exactly. Quotes, a minus and OR make it an expression.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.history.domain.search.spellings import spellings_of
from services.history.domain.search.words import (
    digits_of,
    email_point,
    fold,
    id_point,
    phone_point,
    quoted,
)

MAX_QUERY = 200  # characters
MAX_TERMS = 20
_LEAST_PREFIX = 2  # letters of an unfinished word
_NATIONAL_DIGITS = 10  # of a phone of Russia without its country
_COUNTRY_FOLLOWS = ("+", "(+", "00")
A_PHONE = "is a whole phone in any notation, as in 8 916 123-45-67; search finds by the last digits"
AN_ADDRESS = "is an address, as in ivan@mail.example"
_EMAIL = re.compile(r"[^\s\"'<>(),;]{0,100}@[^\s\"'<>(),;]{0,200}")
_PHONE = re.compile(r"(?<![^\s,;])\+?\(?[0-9](?:[\s().\-–]{0,3}[0-9]){6,16}(?![^\s,;.])")
_OR = re.compile(r"(?i)(?<!\S)(?:или|or)(?!\S)")
_EXPRESSION = re.compile(r'"|(?<!\S)-(?=\w)')
_PIECE = re.compile(r'"|(?<!\S)-(?=\w)|\w+')


class QueryError(ValueError):
    """Nothing can be searched by this; the message says why."""


@dataclass(frozen=True, slots=True)
class Term:
    """Folded words that must all be there, or instead of them `point`: the text of a tsquery.
    `is_prefix`: the last word may be unfinished. `others`: words of which one does instead.
    """

    words: str
    point: str | None = None
    is_prefix: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Either an `expression` in the form of websearch_to_tsquery, or terms that must all be there.
    `whole` is the text of a tsquery: what was written may also be a foreign id as it stands.
    """

    terms: tuple[Term, ...]
    expression: str | None
    whole: str


def read_query(text: str) -> SearchQuery:
    """Raises QueryError when there is no word in it, or there are more than MAX_TERMS."""
    if len(text) > MAX_QUERY:
        raise QueryError(f"at most {MAX_QUERY} characters")
    if not fold(text).strip():
        raise QueryError("name a word, a phone, an address or an id")
    whole = quoted(id_point(text))
    if _EXPRESSION.search(text) or _OR.search(text):
        return SearchQuery((), _expression(text), whole)
    terms = tuple(_terms(text))
    if len(terms) > MAX_TERMS:
        raise QueryError(f"at most {MAX_TERMS} words")
    return SearchQuery(terms, None, whole)


def spellings(query: SearchQuery) -> Mapping[str, Sequence[str]]:
    """Other spellings of each word that is no point; none of an expression, which says exactly what
    it wants.
    """
    return {term.words: spellings_of(term.words) for term in query.terms if term.point is None}


def widened(query: SearchQuery, others: Mapping[str, Sequence[str]]) -> SearchQuery:
    """The query in which these others do instead of a word."""
    terms = [replace(term, others=tuple(others.get(term.words, ()))) for term in query.terms]
    return replace(query, terms=tuple(terms))


def phone_spellings(text: str) -> tuple[str, ...]:
    """How the phone that is all of this text may stand in a card, in E.164: with the country it was
    written with, or as Russia's; one that begins with 8 is Russia's or of a country of that digit.
    Empty if the text is no phone, or only its last digits: a card has whole ones alone.
    """
    piece = text.strip()
    if not _PHONE.fullmatch(piece) or phone_point(piece) is None:
        return ()
    digits = digits_of(piece)
    if len(digits) < _NATIONAL_DIGITS and not piece.startswith(_COUNTRY_FOLLOWS):
        return ()
    countries = ("", "7", "8") if len(digits) == _NATIONAL_DIGITS else ("",)
    return tuple(f"+{country}{digits}" for country in countries)


def email_spelling(text: str) -> str | None:
    """How the address that is all of this text stands in a card; None if it is no address."""
    piece = text.strip()
    return piece.lower() if _EMAIL.fullmatch(piece) and any(map(str.isalnum, piece)) else None


def _expression(text: str) -> str:
    """The words with nothing left of the text but quotes, a minus before a word, and OR."""
    pieces = [
        piece if piece in {'"', "-"} else fold(piece)
        for piece in _PIECE.findall(_OR.sub(" or ", text))
    ]
    if len(pieces) > 2 * MAX_TERMS:
        raise QueryError(f"at most {MAX_TERMS} words")
    return " ".join(pieces).replace("- ", "-")


def _terms(text: str) -> Iterator[Term]:
    rest = text
    for pattern, point_of in ((_EMAIL, email_point), (_PHONE, phone_point)):
        for piece in pattern.findall(rest):
            point = point_of(piece)
            if point is not None and any(map(str.isalnum, piece)):
                yield Term(fold(piece), f"{quoted(point)}:*")
                rest = rest.replace(piece, " ", 1)
    words = fold(rest).split()
    is_open = fold(text[-1:]).strip() and bool(words) and rest.rstrip().endswith(text[-1])
    for number, word in enumerate(words, start=1):
        is_last = number == len(words) and bool(is_open)
        yield Term(word, is_prefix=is_last and len(word) >= _LEAST_PREFIX)
