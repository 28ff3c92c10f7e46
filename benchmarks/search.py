"""How fast search answers, and how fast what comes in becomes findable.

`python -m benchmarks.search [--documents N] [--rounds N]`: a private, durable PostgreSQL, entries
made by SQL out of a Zipf-like vocabulary of Russian and English words, indexed by the loop's own
step. Prints documents per second of the index, and p50 and p99 of each kind of query.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import uvloop

from benchmarks.machine import workshop
from benchmarks.report import machine_line
from deploy.embedded.postgres.server import PrivatePostgres
from services.history.repository.search.finding import Place, SearchFilter
from services.history.use_cases.search.finding import find
from services.history.use_cases.search.indexing import index
from shared.database import Database, open_database, reading, transaction
from shared.ids import derived_id
from shared.migrations import upgrade

MANAGERS: Final = 50
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
    INSERT INTO lead (lead_id, contact_id, owner_id)
    SELECT lead_id, contact_id, (CAST(:managers AS uuid[]))[1 + n % :number] FROM made
), links AS (
    INSERT INTO inquiry_link (event_id, lead_id, inquiry_id, sign)
    SELECT event_id, lead_id, inquiry_id, 1 FROM made
)
INSERT INTO search_queue (document_id) SELECT event_id FROM made
"""


_SIZE = "SELECT pg_size_pretty(pg_total_relation_size('search_document'))"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    with workshop() as folder:
        await _measure(folder, documents=options.documents, rounds=options.rounds)


async def _measure(folder: Path, *, documents: int, rounds: int) -> None:
    cluster = PrivatePostgres(folder / "postgres")
    cluster.start()
    try:
        await cluster.create_databases(("history",))
        url = cluster.url("history")
        await upgrade("history", url)
        worker = open_database(url, service="history", background=True)
        api = open_database(url, service="history")
        print(machine_line())
        managers = [derived_id("benchmark", n) for n in range(MANAGERS)]
        await _fill(worker, documents, managers)
        await _index(worker, documents)
        for name, draw in _queries(documents).items():
            await _ask(api, name, draw, rounds=rounds, reader=None)
        await _ask(api, "frequent, a manager", _queries(documents)["frequent"], rounds=rounds,
            reader=managers[0])  # fmt: skip
        await worker.close()
        await api.close()
    finally:
        cluster.stop()


def _vocabulary() -> list[str]:
    draw = random.Random(1)
    russian, english = "аеиоуклмнпрств", "aeiouklmnprst"
    return [
        "".join(draw.choices(russian if number % 5 else english, k=draw.randint(4, 10)))
        for number in range(WORDS)
    ]


async def _fill(database: Database, number: int, managers: Sequence[UUID]) -> None:
    async with transaction(database) as session:
        await session.execute("CREATE TABLE vocabulary (place int PRIMARY KEY, word text)")
        await session.execute(
            "INSERT INTO vocabulary SELECT place, word FROM unnest(CAST(:words AS text[]))"
            " WITH ORDINALITY AS t(word, place)",
            {"words": _vocabulary()},
        )
    for begin in range(1, number + 1, SEED_BLOCK):
        block = {"begin": begin, "end": min(number, begin + SEED_BLOCK - 1)}
        async with transaction(database) as session:
            await session.execute(_WRITTEN, {**block, "words": WORDS - 1})
    async with transaction(database) as session:
        await session.execute(_LEADS, {"managers": list(managers), "number": len(managers)})


async def _index(database: Database, number: int) -> None:
    began = time.perf_counter()
    while await index(database):
        pass
    seconds = time.perf_counter() - began
    async with transaction(database) as session:
        await session.execute("ANALYZE")
        size = await session.scalar(
            "SELECT pg_size_pretty(pg_total_relation_size('search_document'))"
        )
    print(f"index: {number / seconds:,.0f} documents/s; {size}")


def _queries(documents: int) -> dict[str, Callable[[random.Random], str]]:
    words = _vocabulary()

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
    reader: UUID | None,
) -> None:
    choice, times, found = random.Random(2), [], 0
    for _ in range(rounds):
        text = draw(choice)
        began = time.perf_counter()
        async with reading(database) as session:
            hits, further = await find(
                session, text, SearchFilter(), reader=reader, after=None, limit=50
            )
        times.append(time.perf_counter() - began)
        found += len(hits)
        assert further is None or isinstance(further, Place)
    times.sort()
    p50, p99 = (1000 * times[int(len(times) * share)] for share in (0.5, 0.99))
    print(f"{name:22} p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  {found / rounds:5.1f} found")


if __name__ == "__main__":
    uvloop.run(main())
