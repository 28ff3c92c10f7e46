"""Mischief against search: what is searched for, what is searched in, and where it is shown."""

from services.history.domain.search import excerpts, queries, words
from services.history.domain.search.documents import Part
from tests.attacks.reading.row import Row, flood, numbered, rows
from tests.attacks.reading.words import TEXTS

_QUERIES = {
    **TEXTS,
    "operators": flood("& | ! <-> ( ) :* "),
    "minuses": flood("-a "),
    "quotes": flood('"'),
    "alternatives": flood("or a или b "),
    "regular expressions": flood("(a+)+$ "),
    "percents": flood("%_"),
    "thousands of words": numbered("слово{} "),
    "unfinished addresses": flood("@a"),
    "chains of digits": flood("1 (2) 3-4."),
}


def _read(text: str) -> object:
    """As the route does: what is too long is refused before."""
    try:
        return queries.read_query(text[: queries.MAX_QUERY])
    except queries.QueryError:
        return None


def _read_whole(text: str) -> object:
    """All of it, as if there were no limit before: the patterns alone must bear it."""
    terms = queries._terms(text)
    return next(terms, None)


def _shown(text: str) -> object:
    (window,) = excerpts.windows_of([Part("text", text)], ["слов", "a"])
    return excerpts.pieces_of(window, window.folded)


SEARCHES: tuple[Row, ...] = (
    *rows(queries.read_query, _QUERIES, read=_read),
    *rows(queries.read_query, _QUERIES, read=_read_whole, name="queries.without_limit"),
    *rows(words.fold, TEXTS),
    *rows(words.phone_point, TEXTS),
    *rows(words.quoted, TEXTS),
    *rows(excerpts.windows_of, TEXTS, read=_shown),
)
