"""A producer's journal, read in its own database: what services ask of each other over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.contracts.envelope import Envelope
from shared.database import Database, reading
from shared.messaging.outbox import walking
from shared.messaging.outbox.walking import HEADS, HeadsPage, JournalState, Position, Range


@dataclass(frozen=True, slots=True)
class OwnJournal:
    """See `Journal`; `page` is how many versions one page of a walk holds."""

    database: Database
    page: int = HEADS

    async def state(self, topics: Sequence[str], *, hurry: bool = False) -> JournalState:
        async with reading(self.database) as session:
            return await walking.journal_state(session, topics)

    async def heads(self, topic: str, *, after: Position, until: int) -> HeadsPage:
        async with reading(self.database) as session:
            return await walking.journal_heads(
                session, topic, after=after, until=until, limit=self.page
            )

    async def lacking(self, ranges: Sequence[Range]) -> Sequence[Envelope]:
        async with reading(self.database) as session:
            return await walking.journal_lacking(session, ranges)
