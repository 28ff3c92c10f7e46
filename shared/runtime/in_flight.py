"""What a loop works on; written to the database only after an earlier process has crashed.

Then the items are written before each attempt, so that the next crash names its suspects.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.database import Database, Session, transaction
from shared.errors import UnavailableError
from shared.process_mark import process_name
from shared.runtime.leader import STALLED

log = structlog.get_logger()
WARY_BATCHES = 20  # written ahead after an unclean end, before this process is trusted again

_WRITE_AHEAD = """
INSERT INTO in_flight (loop, holder, items, attempts, taken_at, suspects)
VALUES (:loop, :holder, CAST(:items AS text[]), :attempts, clock_timestamp(),
    CAST(:suspects AS json))
ON CONFLICT (loop, holder) DO UPDATE SET items = excluded.items,
    attempts = excluded.attempts, taken_at = excluded.taken_at, suspects = excluded.suspects
"""
_DONE = """
UPDATE in_flight SET items = '{}', attempts = 0, suspects = CAST(:suspects AS json)
WHERE loop = :loop AND holder = :holder
"""
# An attempt that a restart of the database cut off is not blamed on its items.
_ADOPT = """
DELETE FROM in_flight
WHERE loop = :loop AND holder NOT IN (SELECT holder FROM process_mark)
RETURNING items, suspects,
    attempts - CASE WHEN taken_at < pg_postmaster_start_time() THEN 1 ELSE 0 END AS attempts
"""


@dataclass(eq=False)
class InFlight:
    """What one loop of this process works on. `suspects` are items whose last attempts did not end
    by themselves: item → how many such attempts. They are kept until such an item is done.
    """

    database: Database
    loop: str
    holder: str = field(default_factory=process_name)
    suspects: dict[str, int] = field(default_factory=dict)
    looked: bool = False
    items: Sequence[str] = ()
    wary: int = 0  # batches that are still written ahead

    async def look(self) -> None:
        """Adopt, once, what processes that ended have left behind. Raises UnavailableError."""
        if self.looked:
            return
        mark = self.database.mark
        async with transaction(self.database) as session:
            unclean = mark is not None and await mark.look(session)
            for row in await session.execute(_ADOPT, self._place()):
                self.suspects |= row.suspects
                if row.attempts > 0:
                    self.suspects |= dict.fromkeys(row.items, row.attempts)
            if self.suspects:
                await session.execute(_WRITE_AHEAD, self._row([], attempts=0))
        if self.suspects:
            log.warning("batch.left_behind", loop=self.loop, items=len(self.suspects))
        self.wary = wary_batches(unclean=unclean or bool(self.suspects))
        self.looked = True

    def suspect(self, item: str) -> None:
        """Count an attempt at an item in flight that did not end by itself, though we live."""
        self.suspects[item] = self.suspects.get(item, 0) + 1
        self.items = [name for name in self.items if name != item]
        self.wary = WARY_BATCHES

    @asynccontextmanager
    async def attempt(self, items: Sequence[str], *, attempts: int = 1) -> AsyncIterator[None]:
        """Around one try. What is written ahead is struck out when the attempt ends by itself,
        however, and when the process is asked to end. It stays when the attempt dies with the
        process, or is broken off because it held up everything else.
        """
        if self.wary:
            await self._write_ahead(items, attempts=attempts)
        self.items = items
        try:
            yield
        except asyncio.CancelledError as cut:
            with suppress(UnavailableError):
                if held_everything_up(cut):
                    await self._leave_behind(items, attempts=attempts)
                elif self.wary:
                    await self._strike_out()
            raise
        except BaseException:  # the process lives: it was no crash
            if self.wary:
                with suppress(UnavailableError):
                    await self._strike_out()
            raise
        finally:
            self.items = ()
        if self.wary and not self.suspects:
            self.wary -= 1

    async def done(self, session: Session) -> None:
        """Strike the items out, in the transaction that does the work."""
        if self.wary:
            await session.execute(_DONE, self._row([], attempts=0))

    async def _write_ahead(self, items: Sequence[str], *, attempts: int) -> None:
        async with transaction(self.database) as session:
            # The row must survive this process, not the server, so nobody waits for the disk.
            await session.execute("SET LOCAL synchronous_commit = off")
            await session.execute(_WRITE_AHEAD, self._row(items, attempts=attempts))

    async def _leave_behind(self, items: Sequence[str], *, attempts: int) -> None:
        """Give the items up for whoever looks next, this process included; the attempt counts."""
        async with transaction(self.database) as session:
            row = self._row(items, attempts=attempts)
            await session.execute(_WRITE_AHEAD, {**row, "holder": ""})
            await session.execute(
                "DELETE FROM in_flight WHERE loop = :loop AND holder = :holder", self._place()
            )

    async def _strike_out(self) -> None:
        async with transaction(self.database) as session:
            await self.done(session)

    def _place(self) -> dict[str, Any]:
        return {"loop": self.loop, "holder": self.holder}

    def _row(self, items: Sequence[str], *, attempts: int) -> dict[str, Any]:
        waiting = {name: times for name, times in self.suspects.items() if name not in self.items}
        return {
            **self._place(),
            "items": list(items),
            "attempts": attempts,
            "suspects": json.dumps(waiting),
        }


def wary_batches(*, unclean: bool) -> int:
    """How many batches are written ahead, by how the work before ours ended."""
    return WARY_BATCHES if unclean else 0


def held_everything_up(cut: asyncio.CancelledError) -> bool:
    """Whether work was cancelled because the process stood still over it."""
    return STALLED in cut.args
