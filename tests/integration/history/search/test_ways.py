"""Whatever way is taken to the documents of a query, the same are found, in the same order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.history.repository.search import finding
from services.history.repository.search.finding import Place, SearchFilter, list_places
from services.history.use_cases.search import finding as searching
from shared.database import Database, Session, reading, transaction
from shared.ids import derived_id
from shared.statements import columns
from tests.support.chance import examples
from tests.support.http_client import Door

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = ("насос", "труба", "крышка", "болт")
DOCUMENTS = st.lists(
    st.tuples(st.integers(0, 20), st.booleans(), st.sets(st.sampled_from(WORDS))), max_size=60
)
_ADD = """
INSERT INTO search_document (document_id, at, subject_id, names, words)
SELECT id, at, id, to_tsvector('russian', names), to_tsvector('russian', words)
FROM unnest(CAST(:ids AS uuid[]), CAST(:ats AS timestamptz[]), CAST(:names AS text[]),
    CAST(:words AS text[])) AS n(id, at, names, words)
"""
_MATCHING = """
SELECT document_id, at, names @@ CAST(:query AS tsquery) AS is_named FROM search_document
WHERE words @@ CAST(:query AS tsquery) AND at >= CAST(:since AS timestamptz)
"""


async def _write(session: Session, documents: list[tuple[int, bool, set[str]]]) -> None:
    rows: list[tuple[UUID, datetime, str, str]] = []
    for number, (minute, is_named, words) in enumerate(documents):
        text = " ".join(sorted(words))
        moment = BEGAN + timedelta(minutes=minute)
        rows.append((derived_id("document", number), moment, text if is_named else "", text))
    await session.execute("TRUNCATE search_document")
    await session.execute(_ADD, columns("ids ats names words", rows))


async def _naive(session: Session, query: str, since: datetime) -> list[tuple[int, UUID]]:
    rows = list(await session.execute(_MATCHING, {"query": query, "since": since}))
    rows.sort(key=lambda row: (row.at, row.document_id), reverse=True)
    named = [(0, row.document_id) for row in rows if row.is_named]
    return named + [(1, row.document_id) for row in rows if not row.is_named]


@examples(40)
@given(
    documents=DOCUMENTS,
    query=st.sampled_from(["'насос'", "'насос' & 'труб'", "'болт' & !'крышк'", "'насос' | 'болт'"]),
    minute=st.integers(-1, 15),
    limit=st.integers(1, 12),
    rare=st.sampled_from([0, 3, 2_000]),
    looked_at=st.sampled_from([2, 10, 20_000]),
    estimate=st.sampled_from([1, 5, 11, 10_000]),
)
async def test_all_ways_find_the_same(  # noqa: PLR0917  hypothesis draws them
    database: Database,
    documents: list[tuple[int, bool, set[str]]],
    query: str,
    minute: int,
    limit: int,
    rare: int,
    looked_at: int,
    estimate: int,
) -> None:
    async def guess(*_ignored: object) -> int:
        return estimate

    since = BEGAN + timedelta(minutes=minute)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "RARE", rare)
        patch.setattr(finding, "MOST_LOOKED_AT", looked_at)
        patch.setattr(finding, "_documents_for_each", guess)
        async with transaction(database) as session:
            await _write(session, documents)
        found: list[Place] = []
        async with reading(database) as session:
            expected = await _naive(session, query, since)
            while True:
                page = await list_places(
                    session,
                    query,
                    SearchFilter(since=since),
                    after=found[-1] if found else None,
                    limit=limit,
                )
                found += page
                if len(page) < limit:
                    break
    assert [(place.rank, place.document_id) for place in found] == expected


async def test_what_takes_too_long_is_refused_with_what_to_do(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(session: Session, *_ignored: object, **_named: object) -> list[Place]:
        await session.execute("SELECT pg_sleep(3)")
        return []

    monkeypatch.setattr(searching, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(finding, "list_places", sleep)
    answer = await door.client.get(
        "/v1/search", params={"q": "насос"}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/q", "detail": "too much has these words: add one, or a period"}
    ]
    monkeypatch.undo()
    again = await door.client.get(
        "/v1/search", params={"q": "насос"}, headers=door.as_("supervisor")
    )
    assert again.status_code == 200
