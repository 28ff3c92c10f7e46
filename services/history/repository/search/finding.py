"""Finds documents, newest first, by keyset.

What is rare is found by the index, up to RARE documents; what is frequent, among the newest, up to
MOST_LOOKED_AT. Only what stands in many old documents and in hardly any new one is read whole,
within the time that a statement has.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.history.domain.search.queries import SearchQuery
from services.history.domain.search.words import quoted
from shared.database import Row, Session
from shared.statements import columns

RARE = 2_000  # documents that the index names are read and sorted
MOST_LOOKED_AT = 20_000  # of the newest documents
WINDOW = 50  # newest documents looked at first for each that is asked for, at most
_GROWTH = 8  # of the part of them that is looked at, until enough is found
_FREQUENT = 10  # one document in so many, by the planner's estimate: not counted by the index

# Each term becomes: its words as they are stemmed, or as they stand, or its point. A word that says
# nothing (и, the) is left out unless all say nothing.
_TERMS = """
WITH term AS (
    SELECT plainto_tsquery('russian', words) AS stems, plainto_tsquery('simple', words) AS plain,
        CASE WHEN is_prefix THEN to_tsquery('russian', words || ':*')
            || to_tsquery('simple', words || ':*') ELSE '' END AS prefix,
        CAST(point AS tsquery) || to_tsquery('russian', others) || to_tsquery('simple', others)
            AS point
    FROM unnest(CAST(:words AS text[]), CAST(:points AS text[]), CAST(:prefixes AS boolean[]),
        CAST(:others AS text[])) AS t(words, point, is_prefix, others)
), alternative AS (
    SELECT stems || plain || prefix || point AS query,
        numnode(stems || prefix || point) > 0 AS says_something
    FROM term
)
SELECT string_agg(CAST(query AS text), ' & ') FROM (
    SELECT CAST('(' || CAST(query AS text) || ')' AS text) AS query FROM alternative
    WHERE numnode(query) > 0
        AND (says_something OR NOT EXISTS (SELECT FROM alternative WHERE says_something))
) AS said
"""
_EXPRESSION = "SELECT CAST(websearch_to_tsquery('russian', :expression) AS text)"
_SCOPE = """
WITH RECURSIVE own (lead_id) AS (
    SELECT lead_id FROM lead WHERE owner_id = :owner
    UNION
    SELECT lead.lead_id FROM own JOIN lead ON lead.merged_into = own.lead_id
), person (id) AS (
    SELECT DISTINCT coalesce(link.canonical_id, lead.contact_id)
    FROM lead LEFT JOIN contact_link AS link ON link.contact_id = lead.contact_id
    WHERE lead.owner_id = :owner
), scope (id) AS (
    SELECT lead_id FROM own
    UNION ALL
    SELECT inquiry_id FROM inquiry_link WHERE lead_id IN (SELECT lead_id FROM own)
    GROUP BY inquiry_id HAVING sum(sign) > 0
    UNION ALL SELECT id FROM person
    UNION ALL SELECT contact_id FROM contact_link JOIN person ON canonical_id = person.id
)"""
_IN_SCOPE = " AND subject_id = ANY(ARRAY(SELECT id FROM scope))"
_MATCHES = ("names @@ CAST(:query AS tsquery)",
    "words @@ CAST(:query AS tsquery) AND NOT names @@ CAST(:query AS tsquery)")  # fmt: skip
_TOTAL = "SELECT reltuples FROM pg_class WHERE oid = CAST('search_document' AS regclass)"
_BEHIND = "(at, document_id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))"
_LATEST = "ORDER BY at DESC, document_id DESC LIMIT"


class Place(NamedTuple):
    """A document's place among what is found: by names (rank 0) or by other words (rank 1), the
    newest first. `is_alike`: nothing has the words themselves, this has words that are alike.
    """

    rank: int
    at: datetime
    document_id: UUID
    is_alike: bool = False


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """`owner_id`: only what is of this manager's leads; `since` until `until` it happened."""

    kinds: Sequence[str] = ()
    channels: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    owner_id: UUID | None = None


async def query_text(session: Session, query: SearchQuery) -> str:
    """The query as the text of a tsquery; empty when no word of it says anything."""
    if query.expression is not None:
        text = await session.scalar(_EXPRESSION, {"expression": query.expression})
    else:
        rows = [
            (term.words, term.point or "", term.is_prefix, " | ".join(term.others))
            for term in query.terms
        ]
        text = await session.scalar(_TERMS, columns("words points prefixes others", rows))
    return f"({text}) | {query.whole}" if text else ""


async def list_places(
    session: Session, query: str, criteria: SearchFilter, *, after: Place | None, limit: int
) -> list[Place]:
    """The places of up to `limit` documents behind `after`."""
    places: list[Place] = []
    for rank in range(after.rank if after else 0, len(_MATCHES)):
        start = after if after is not None and after.rank == rank else None
        places += await _of_rank(
            session, query, criteria, rank=rank, after=start, limit=limit - len(places)
        )
        if len(places) >= limit:
            break
    return places


async def _of_rank(
    session: Session,
    query: str,
    criteria: SearchFilter,
    *,
    rank: int,
    after: Place | None,
    limit: int,
) -> list[Place]:
    params, bounds = _bounds(criteria, query, after)
    matches = _MATCHES[rank] + _tags(criteria)
    if criteria.owner_id is not None:
        own = await session.execute(
            f"{_SCOPE} SELECT at, document_id FROM search_document"
            f" WHERE {matches}{bounds}{_IN_SCOPE} {_LATEST} :limit",
            {**params, "owner": criteria.owner_id, "limit": limit},
        )
        return [Place(rank, row.at, row.document_id) for row in own]
    rows = await _by_both(session, matches, bounds, {**params, "limit": limit})
    return [Place(rank, row.at, row.document_id) for row in rows]


async def _by_both(
    session: Session, matches: str, bounds: str, params: Mapping[str, Any]
) -> Sequence[Row]:
    """What the index names, if that is little; else what the newest documents hold, if that is
    enough; else all that the index names.
    """
    share = await _documents_for_each(session, matches, params)
    every = _all(matches, bounds)
    if share > _FREQUENT:
        rows = list(await session.execute(f"{every} LIMIT :rare + 1", {**params, "rare": RARE}))
        if len(rows) <= RARE:
            rows.sort(key=lambda row: (row.at, row.document_id), reverse=True)
            return rows[: params["limit"]]
    size = min(MOST_LOOKED_AT, params["limit"] * min(share, WINDOW))
    while size:
        rows = list(await session.execute(_window(matches, bounds), {**params, "window": size}))
        if len(rows) >= params["limit"] or (rows and rows[0].looked_at < size):
            return rows
        size = 0 if size == MOST_LOOKED_AT else min(MOST_LOOKED_AT, size * _GROWTH)
    return list(await session.execute(f"{every} {_LATEST} :limit", params))


async def _documents_for_each(session: Session, where: str, params: Mapping[str, Any]) -> int:
    """In how many documents one is to be expected.

    The planner's estimate comes from what it knows of frequent words. It only decides where is
    looked first: when it is wrong, the same is found, later.
    """
    plan = await session.scalar(
        f"EXPLAIN (FORMAT JSON) SELECT FROM search_document WHERE {where}", params
    )
    total = await session.scalar(_TOTAL)
    rows = float(plan[0]["Plan"]["Plan Rows"])
    return math.ceil(2 * max(1.0, float(total)) / max(1.0, rows))


def _all(matches: str, bounds: str) -> str:
    # The fence keeps the planner from walking all documents by time for what is rare; who reads
    # from it may stop early.
    return (
        "WITH matching AS MATERIALIZED (SELECT at, document_id FROM search_document"
        f" WHERE {matches}{bounds}) SELECT * FROM matching"
    )


def _window(matches: str, bounds: str) -> str:
    return (
        "WITH newest AS MATERIALIZED (SELECT at, document_id, "
        f"{matches} AS fits FROM search_document WHERE true{bounds} {_LATEST} :window)"
        " SELECT at, document_id, (SELECT count(*) FROM newest) AS looked_at FROM newest"
        f" WHERE fits {_LATEST} :limit"
    )


def _bounds(
    criteria: SearchFilter, query: str, after: Place | None
) -> tuple[Mapping[str, Any], str]:
    """Parameters, and the conditions on the moment."""
    params: dict[str, Any] = {"query": query}
    conditions = ""
    for name, moment, condition in (
        ("since", criteria.since, "at >= :since"),
        ("until", criteria.until, "at < :until"),
    ):
        if moment is not None:
            params[name] = moment
            conditions += f" AND {condition}"
    if after is not None:
        params |= {"at": after.at, "id": after.document_id}
        conditions += f" AND {_BEHIND}"
    if criteria.kinds or criteria.channels:
        params["tags"] = tags_text(criteria.kinds, criteria.channels)
    return params, conditions


def _tags(criteria: SearchFilter) -> str:
    has_tags = criteria.kinds or criteria.channels
    return " AND words @@ CAST(:tags AS tsquery)" if has_tags else ""


def tags_text(kinds: Sequence[str], channels: Sequence[str]) -> str:
    """The text of a tsquery: one of these kinds, by one of these channels."""
    groups = [
        " | ".join(quoted(f"{name}:{value}") for value in values)
        for name, values in (("kind", kinds), ("channel", channels))
        if values
    ]
    return " & ".join(f"({group})" for group in groups)
