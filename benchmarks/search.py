"""How fast search answers, also names that lack a letter, and how fast what comes is found.

`python -m benchmarks.search [--documents N] [--cards N] [--rounds N] [--folder F]`: a PostgreSQL as
it is in the folder, or filled. Documents indexed a second; p50 and p99 of times and of its CPU.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import uvloop

from benchmarks.machine import at_work, kept_postgres
from benchmarks.report import machine_line, quantile
from benchmarks.search_names import fill_cards, misspelt, vocabulary
from deploy.embedded.postgres.server import PrivatePostgres
from services.history.repository.search.finding import Place, SearchFilter
from services.history.use_cases.search.finding import find
from services.history.use_cases.search.indexing import index
from shared.database import Database, open_database, reading, transaction
from shared.ids import derived_id
from shared.migrations import upgrade

MANAGERS: Final = 500
WORDS: Final = 20_000
SEED_BLOCK: Final = 20_000
# Word n of the vocabulary is asked for about as often as 1/n: the cube of an even draw.
_WRITTEN = """
INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, contact_id, inquiry_id, text,
    facts)
SELECT uuidv7(), 'inquiry.received', m.at, m.at, 'customer', uuidv7(), i.id, (
        SELECT string_agg(w.word, ' ') FROM (
            SELECT CAST(1 + CAST(:words AS int) * power(random(), 3) AS int) AS place
            FROM generate_series(1, 25) WHERE n IS NOT NULL) AS d
        JOIN vocabulary AS w USING (place)),
    jsonb_build_object('channel', (ARRAY['form', 'call', 'email'])[1 + n % 3], 'external_id',
        'order-' || n, 'contact', jsonb_build_object('name', (
            SELECT word FROM vocabulary WHERE place = 1 + n * 7919 % CAST(:words AS int))
            || ' Клиентов',
        'phones', jsonb_build_array('+79' || lpad(CAST(n * 7 AS text), 9, '0'))))
FROM generate_series(CAST(:begin AS bigint), CAST(:end AS bigint)) AS n,
    LATERAL (SELECT now() - (1000000000 - n) * interval '1 second' AS at) AS m,
    LATERAL (SELECT uuidv7() AS id WHERE n IS NOT NULL) AS i
"""
_LEADS = """
WITH made AS (
    SELECT event_id, inquiry_id, contact_id, uuidv7() AS lead_id,
        row_number() OVER (ORDER BY event_id) AS n
    FROM timeline_entry
), leads AS (
    INSERT INTO lead (lead_id, contact_id, state, owner_id)
    SELECT lead_id, contact_id, 'open', (CAST(:managers AS uuid[]))[1 + n % :number] FROM made
), links AS (
    INSERT INTO inquiry_link (event_id, lead_id, inquiry_id, sign)
    SELECT event_id, lead_id, inquiry_id, 1 FROM made
)
INSERT INTO search_queue (document_id) SELECT event_id FROM made
"""


# What the loop would make of the entries.
_DOCUMENTS = """
WITH taken AS (DELETE FROM search_queue RETURNING document_id)
INSERT INTO search_document (document_id, at, subject_id, names, words)
SELECT event_id, at, lead_id, names, names || array_to_tsvector(ARRAY['kind:inquiry.received',
    'channel:' || (facts ->> 'channel')]) || to_tsvector('russian', text)
FROM (
    SELECT e.event_id, e.at, link.lead_id, e.text, e.facts, array_to_tsvector(ARRAY[
            'id:' || (facts ->> 'external_id'),
            'tel:' || reverse(substr(facts #>> '{contact,phones,0}', 2))])
        || to_tsvector('simple', facts #>> '{contact,name}')
        || to_tsvector('russian', facts #>> '{contact,name}') AS names
    FROM taken JOIN timeline_entry AS e ON e.event_id = taken.document_id
    JOIN inquiry_link AS link USING (inquiry_id)) AS d
"""
_GIN = ("search_document_names", "search_document_words")
_BY_THE_LOOP = 10_000  # documents
_SIZE = "SELECT pg_size_pretty(pg_total_relation_size('search_document'))"


async def _measure(
    postgres: PrivatePostgres, *, is_new: bool, documents: int, cards: int, rounds: int
) -> None:
    await postgres.create_databases(("history",))
    url = postgres.url("history")
    await upgrade("history", url)
    worker = open_database(url, service="history", background=True)
    api = open_database(url, service="history", pool_size=1)
    managers = [derived_id("benchmark", n) for n in range(MANAGERS)]
    try:
        if is_new:
            await _fill(worker, documents, managers)
            await _index(worker)
            await fill_cards(worker, cards)
        for name, draw in misspelt().items():
            await _ask(api, name, draw, rounds=rounds)
        queries = _queries(documents)
        for name, draw in queries.items():
            await _ask(api, name, draw, rounds=rounds)
        for name, asked in _MORE.items():
            await _ask(api, f"frequent, {name}", queries["frequent"], rounds=rounds, wish=asked)
        own = Wish(reader=managers[0])
        await _ask(api, "frequent, a manager", queries["frequent"], rounds=rounds, wish=own)
        await _ask(api, "rare, a manager", queries["rare"], rounds=rounds, wish=own)
    finally:
        await worker.close()
        await api.close()


@dataclass(frozen=True, slots=True)
class Wish:
    """How it is asked: by whom, within what, and which page is measured."""

    reader: UUID | None = None
    criteria: SearchFilter = field(default_factory=SearchFilter)
    page: int = 1


_MORE: Final = {
    "page 2": Wish(page=2),
    "page 10": Wish(page=10),
    "by e-mail": Wish(criteria=SearchFilter(kinds=["inquiry.received"], channels=["email"])),
    "of 1996": Wish(criteria=SearchFilter(until=datetime(1996, 1, 1, tzinfo=UTC))),
}


async def _fill(database: Database, number: int, managers: Sequence[UUID]) -> None:
    async with transaction(database) as session:
        await session.execute("CREATE TABLE vocabulary (place int PRIMARY KEY, word text)")
        await session.execute(
            "INSERT INTO vocabulary SELECT place, word FROM unnest(CAST(:words AS text[]))"
            " WITH ORDINALITY AS t(word, place)",
            {"words": vocabulary(WORDS)},
        )
    for begin in range(1, number + 1, SEED_BLOCK):
        block = {"begin": begin, "end": min(number, begin + SEED_BLOCK - 1)}
        async with transaction(database) as session:
            await session.execute(_WRITTEN, {**block, "words": WORDS - 1})
    async with transaction(database) as session:
        await session.execute(_LEADS, {"managers": list(managers), "number": len(managers)})


async def _index(database: Database) -> None:
    began, number = time.perf_counter(), 0
    while number < _BY_THE_LOOP and (taken := await index(database)):
        number += taken
    rate = number / (time.perf_counter() - began)
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for name in _GIN:
            await session.execute(f"DROP INDEX {name}")
        await session.execute(_DOCUMENTS)
        for name in _GIN:
            column = name.rpartition("_")[2]
            await session.execute(
                f"CREATE INDEX {name} ON search_document USING gin ({column})"
                " WITH (gin_pending_list_limit = 64)"
            )
        await session.execute("ANALYZE")
        size = await session.scalar(_SIZE)
    print(f"index: {rate:,.0f} documents/s; {size}")


def _queries(documents: int) -> dict[str, Callable[[random.Random], str]]:
    words = vocabulary(WORDS)

    def frequent(draw: random.Random) -> str:
        return words[draw.randrange(3)]

    return {
        "frequent": frequent,
        "rare": lambda draw: words[draw.randrange(5_000, WORDS)],
        "two words": lambda draw: f"{frequent(draw)} {words[draw.randrange(1_000)]}",
        "two frequent words": lambda draw: f"{frequent(draw)} {words[draw.randrange(20)]}",
        "unfinished": lambda draw: words[draw.randrange(WORDS)][:3],
        "phone": lambda draw: f"8 9{draw.randrange(documents) * 7:09d}",
        "foreign id": lambda draw: f"ORDER-{draw.randrange(documents)}",
        "a name all share": lambda _: "клиентов",
        "nothing": lambda _: "небывалое",
    }


async def _ask(
    database: Database,
    name: str,
    draw: Callable[[random.Random], str],
    *,
    rounds: int,
    wish: Wish | None = None,
) -> None:
    wish = wish or Wish()
    async with reading(database) as session:
        backend = int(await session.scalar("SELECT pg_backend_pid()"))
    choice, seconds, cpu_seconds, number = random.Random(2), [], [], 0
    for _ in range(rounds):
        text, after = draw(choice), None
        for _ in range(wish.page - 1):
            async with transaction(database) as session:
                _, after = await find(
                    session, text, wish.criteria, reader=wish.reader, after=after, limit=50
                )
        began, worked = time.perf_counter(), at_work(backend)
        async with transaction(database) as session:
            hits, further = await find(
                session, text, wish.criteria, reader=wish.reader, after=after, limit=50
            )
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(at_work(backend) - worked)
        number += len(hits)
        assert further is None or isinstance(further, Place)
    times = "  ".join(
        f"p50 {1000 * quantile(spans, 0.5):6.1f} p99 {1000 * quantile(spans, 0.99):6.1f}"
        for spans in map(sorted, (seconds, cpu_seconds))
    )
    print(f"{name:22} {times} ms  {number / rounds:5.1f} found", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--cards", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="where the database is kept for other runs")
    options = parser.parse_args()
    print(machine_line(), flush=True)
    with kept_postgres(options.folder) as (postgres, is_new):
        uvloop.run(
            _measure(
                postgres,
                is_new=is_new,
                documents=options.documents,
                cards=options.cards,
                rounds=options.rounds,
            )
        )


if __name__ == "__main__":
    main()
