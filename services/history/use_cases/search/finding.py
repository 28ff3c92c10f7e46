"""Finds what customers wrote and managers reported; a manager finds only what is of own leads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.history.domain.search.documents import Item, parts_of
from services.history.domain.search.excerpts import (
    MOST_EXCERPTS,
    Piece,
    Window,
    pieces_of,
    windows_of,
)
from services.history.domain.search.queries import (
    QueryError,
    SearchQuery,
    read_query,
    spellings,
    widened,
)
from services.history.domain.search.words import digits_of, fold
from services.history.repository.search import alike, documents, finding, marking
from services.history.repository.search.finding import Place, SearchFilter
from services.history.repository.session_time import TOOK_TOO_LONG, limit_time
from shared.database import Session, sqlstate
from shared.errors import InvalidError, ServiceError, UnavailableError

PATIENCE_SECONDS = 5.0  # of one search


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of one part of a document."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found, and what is shown of it."""

    place: Place
    item: Item
    excerpts: Sequence[Excerpt]


async def find(
    session: Session,
    text: str,
    criteria: SearchFilter,
    *,
    reader: UUID | None,
    after: Place | None,
    limit: int,
) -> tuple[list[Hit], Place | None]:
    """Up to `limit` documents behind `after`: those found by a name, a company, a subject or a
    point first, then the others, the newest first; and behind which place more follows, if any.

    Where nothing has the words, what has others like them is found: names with a few other letters,
    the other alphabet, the other keyboard. `reader` is a manager who finds what is of own leads
    only. Raises InvalidError for a text that nothing can be found by; what takes longer than
    PATIENCE_SECONDS ends the transaction (`refusal_of`).
    """
    query = _read(text)
    if reader is not None and criteria.owner_id not in {None, reader}:
        return [], None
    criteria = within_reach(criteria, reader=reader)
    query_text = await finding.query_text(session, query)
    if not query_text:
        raise _refusal("name a word that says something")
    await limit_time(session, seconds=PATIENCE_SECONDS)
    query, query_text, places = await _places(
        session, query, query_text, criteria, after=after, limit=limit + 1
    )
    further = places[limit - 1] if len(places) > limit else None
    words = [*fold(text).split(), *(word for term in query.terms for word in term.others)]
    return await _hits(session, text, words, query_text, places[:limit]), further


def refusal_of(error: UnavailableError) -> ServiceError:
    """What is answered when a search has failed: of one that took too long, what helps."""
    if sqlstate(error) == TOOK_TOO_LONG:
        return _refusal("too much has these words: add one, or a period")
    return error


async def _places(
    session: Session,
    query: SearchQuery,
    query_text: str,
    criteria: SearchFilter,
    *,
    after: Place | None,
    limit: int,
) -> tuple[SearchQuery, str, Sequence[Place]]:
    """What the query finds; where that is nothing, the query of words alike, and what it finds."""
    places: Sequence[Place] = []
    if after is None or not after.is_alike:
        places = await finding.list_places(session, query_text, criteria, after=after, limit=limit)
    if query.terms and not places and (after is None or after.is_alike):
        query = await _widened(session, query)
        query_text = await finding.query_text(session, query)
        rows = await finding.list_places(session, query_text, criteria, after=after, limit=limit)
        places = [place._replace(is_alike=True) for place in rows]
    return query, query_text, places


async def _widened(session: Session, query: SearchQuery) -> SearchQuery:
    others = spellings(query)
    names = await alike.list_alike(session, others)
    await limit_time(session, seconds=PATIENCE_SECONDS)
    return widened(query, {word: [*others[word], *names.get(word, ())] for word in others})


def within_reach(criteria: SearchFilter, *, reader: UUID | None) -> SearchFilter:
    """Of what is asked for, what the reader may find: of own leads, or all if `reader` is None."""
    return criteria if reader is None else replace(criteria, owner_id=reader)


async def _hits(
    session: Session,
    text: str,
    words: Sequence[str],
    query_text: str,
    places: Sequence[Place],
) -> list[Hit]:
    """Of a person who is erased at this moment, the place may be left without its document."""
    if not places:
        return []
    rows = await documents.list_items(session, [place.document_id for place in places])
    items = {item.document_id: item for item in rows}
    present = [place for place in places if place.document_id in items]
    excerpts = await _excerpts(
        session, text, words, query_text, [items[place.document_id] for place in present]
    )
    return [
        Hit(place, items[place.document_id], group)
        for place, group in zip(present, excerpts, strict=True)
    ]


def _read(text: str) -> SearchQuery:
    try:
        return read_query(text)
    except QueryError as error:
        raise _refusal(str(error)) from None


def _refusal(detail: str) -> InvalidError:
    return InvalidError("Nothing can be found by this.", errors=[("/q", detail)])


async def _excerpts(
    session: Session, text: str, words: Sequence[str], query_text: str, items: Sequence[Item]
) -> list[list[Excerpt]]:
    beginnings = [word for word in words if len(word) > 1]
    windows = [windows_of(parts_of(item), beginnings) for item in items]
    flat = [window.folded for group in windows for window in group if window.may_match]
    marks = iter(await marking.list_marked(session, query_text, flat))
    return [
        _chosen(
            [
                Excerpt(one.label, _pieces(one, next(marks) if one.may_match else one.folded, text))
                for one in group
            ]
        )
        for group in windows
    ]


def _pieces(window: Window, marked: str, text: str) -> tuple[Piece, ...]:
    if window.label in {"phone", "email"} and _is_point(window, text):
        return (Piece(window.text, is_match=True),)
    return pieces_of(window, marked)


def _is_point(window: Window, text: str) -> bool:
    if window.label == "email":
        return any("@" in word and word in window.text.lower() for word in text.lower().split())
    digits = digits_of(text)
    return len(digits) >= 7 and digits_of(window.text).endswith(digits)


def _chosen(excerpts: Sequence[Excerpt]) -> list[Excerpt]:
    """Those with a match; if there are none, how the document begins."""
    matching = [one for one in excerpts if any(piece.is_match for piece in one.pieces)]
    return list((matching or excerpts[:1])[:MOST_EXCERPTS])
