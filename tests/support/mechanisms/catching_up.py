"""What keeps promises in catch-up: walks that pass nothing by, and what makes them begin."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.database import Database, transaction
from shared.messaging.consumer import catch_up
from shared.messaging.consumer.catch_up import CatchUp
from shared.messaging.consumer.cursors import Cursor, Stored
from shared.messaging.consumer.work import consume
from shared.messaging.decoding import decode_envelope
from shared.messaging.log.memory import MemoryLog
from shared.messaging.outbox.walking import (
    HeadsPage,
    Journal,
    OwnJournal,
    Position,
    first_page,
)
from tests.support.mechanisms.mechanism import Mechanism, awaited

SHARED = "tests/integration/shared"
WALKS = f"{SHARED}/test_catch_up.py"

_MOVE = """
INSERT INTO journal_cursor (producer, topic, life, xid, id)
VALUES (:producer, :topic, CAST(:life AS uuid), CAST(CAST(:xid AS text) AS xid8), :id)
ON CONFLICT (producer, topic) DO UPDATE
    SET life = excluded.life, xid = excluded.xid, id = excluded.id
"""


async def _moved_from_wherever_it_stood(
    database: Database, cursor: Cursor, end: Position
) -> Cursor:
    place = {
        "producer": cursor.producer,
        "topic": cursor.topic,
        "life": cursor.life,
        "xid": str(end.xid),
        "id": end.id,
    }
    async with transaction(database) as session:
        await session.execute(_MOVE, place)
    return replace(cursor, position=end, stored=Stored(cursor.life, end))


class _FirstPageOnly(OwnJournal):
    async def heads(self, topic: str, *, after: Position, until: int) -> HeadsPage:
        return replace(await OwnJournal.heads(self, topic, after=after, until=until), more=False)


async def _brought_once(
    walks: CatchUp, journal: Journal, topic: str, versions: Mapping[str, int], _progress: object
) -> None:
    ranges: Sequence[Any] = await catch_up._behind(walks.consumer, topic, versions)
    envelopes = await journal.lacking(first_page(ranges))
    await consume(walks.consumer, walks.in_flight, [decode_envelope(item) for item in envelopes])


class _Unexpecting(MemoryLog):
    def expect(self, topics: Collection[str]) -> None:
        del topics


CATCHING_UP: tuple[Mechanism, ...] = (
    Mechanism(
        "catch-up",
        2,
        (f"{WALKS}::test_the_last_event_of_a_stream_that_the_log_lost_is_brought",),
        {"shared.messaging.consumer.catch_up:walk_all": awaited()},
    ),
    Mechanism(
        "walk behind the fast path",
        2,
        (f"{WALKS}::test_the_walk_stays_behind_what_the_fast_path_has_in_hand",),
        {"shared.messaging.consumer.fast_path:walk_limit": lambda *, now, in_hand_since: now},
    ),
    Mechanism(
        "pages cut short are read again",
        2,
        (f"{WALKS}::test_a_page_cut_short_is_read_again",),
        {"shared.messaging.consumer.catch_up:_bring": _brought_once},
    ),
    Mechanism(
        "every page of a walk",
        2,
        (f"{WALKS}::test_one_round_walks_every_page",),
        {"shared.messaging.outbox.walking:OwnJournal": _FirstPageOnly},
    ),
    Mechanism(
        "unknown outcomes are looked for",
        2,
        (f"{SHARED}/test_memory_log.py::test_an_unknown_outcome_makes_a_quiet_walk_look",),
        {"shared.messaging.log.memory:MemoryLog": _Unexpecting},
    ),
    Mechanism(
        "cursors moved from where they stood",
        7,
        (
            f"{WALKS}::test_of_two_walkers_one_moves_the_cursor",
            (
                f"{SHARED}/test_rebuild.py::"
                "test_a_walk_under_way_passes_nothing_by_that_a_rebuild_empties"
            ),
        ),
        {"shared.messaging.consumer.cursors:move": _moved_from_wherever_it_stood},
    ),
)
