"""Rebuild a projection: empty it, then read every speaker's journal again from the beginning.

One law: it takes the same door as the live events, so it may be interrupted and it may overlap.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from shared.contracts.catalog import TOPIC_BY_NAME
from shared.database import Session, transaction
from shared.errors import InvalidError
from shared.messaging.healing import take_in_envelopes
from shared.messaging.journal import Journal
from shared.messaging.ladder import Hand
from shared.messaging.taking import Listener

log = structlog.get_logger()
READER = "rebuild"
Clear = Callable[[Session], Awaitable[None]]

_BEGIN = """
INSERT INTO journal_cursor (reader, speaker, after)
SELECT :reader, speaker, NULL FROM unnest(CAST(:speakers AS text[])) AS speaker
"""
_CURSORS = "SELECT speaker, after FROM journal_cursor WHERE reader = :reader ORDER BY speaker"
_MOVE = "UPDATE journal_cursor SET after = :after WHERE reader = :reader AND speaker = :speaker"
_END = "DELETE FROM journal_cursor WHERE reader = :reader AND speaker = :speaker"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many events each speaker's journal held for us in this run."""

    read: Mapping[str, int]


async def rebuild(listener: Listener, *, journals: Mapping[str, Journal], clear: Clear) -> Rebuilt:
    """Empty the projection (`clear`) and all that hearing remembers, then read the journals.

    An interrupted rebuild goes on where it stopped. The live consumer begins the log again from
    its start; versions make that harmless. Raises UnavailableError, and InvalidError when a
    speaker has no journal here.
    """
    speakers = sorted({TOPIC_BY_NAME[topic].speaker for topic in listener.topics})
    missing = [speaker for speaker in speakers if speaker not in journals]
    if missing:
        raise InvalidError(f"There is no journal of: {', '.join(missing)}.")
    async with transaction(listener.database) as session:
        found = {
            row.speaker: row.after for row in await session.execute(_CURSORS, {"reader": READER})
        }
        if not found:
            await _empty(session, clear)
            await session.execute(_BEGIN, {"reader": READER, "speakers": speakers})
            found = dict.fromkeys(speakers)
    read = {}
    for speaker, after in found.items():
        read[speaker] = await _read(listener, speaker, journals[speaker], after=after)
    return Rebuilt(read)


async def under_way(session: Session) -> bool:
    """Whether a rebuild was begun and is not finished."""
    return (await session.execute(_CURSORS, {"reader": READER})).first() is not None


async def _empty(session: Session, clear: Clear) -> None:
    # Hearing locks its position first: whoever holds one finishes before anything is emptied, and
    # whoever comes later finds none and begins again.
    await session.execute("LOCK TABLE consumer_position, seen IN ACCESS EXCLUSIVE MODE")
    await session.execute("TRUNCATE consumer_position, seen, held")
    await clear(session)


async def _read(listener: Listener, speaker: str, journal: Journal, *, after: str | None) -> int:
    hand = Hand(listener.database, f"{READER}:{speaker}")
    read = 0
    more = True
    while more:
        page = await journal.page(after=after)
        after, more = page.cursor, page.more

        async def note(session: Session, after: str | None = after) -> None:
            await session.execute(_MOVE, {"reader": READER, "speaker": speaker, "after": after})

        await take_in_envelopes(listener, hand, page.items, note=note)
        read += len(page.items)
        log.info("rebuild.read", service=listener.service, speaker=speaker, events=read)
    async with transaction(listener.database) as session:
        await session.execute(_END, {"reader": READER, "speaker": speaker})
    return read
