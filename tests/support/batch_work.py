"""Work in batches that writes each item down, and breaks where a test says so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.database import Database, transaction
from shared.runtime.batch import is_poison, work_through
from shared.runtime.in_flight import InFlight


async def left(database: Database) -> list[str]:
    """Of the items 1 to 4 those that are not done."""
    async with transaction(database) as session:
        done = set((await session.execute("SELECT key FROM effect")).scalars())
    return [item for item in "1234" if item not in done]


@dataclass(eq=False)
class Work:
    """Writes each item down as an effect; `before` may break an attempt."""

    database: Database
    before: Callable[[Sequence[str]], Any] = lambda _items: None
    in_flight: InFlight = field(init=False)
    attempts: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.in_flight = InFlight(self.database, "test")

    async def through(self, items: Sequence[str]) -> None:
        await work_through(self.in_flight, items, self)

    def name(self, item: str) -> str:
        return item

    async def together(self, items: Sequence[str]) -> None:
        self.attempts.append(list(items))
        self.before(items)
        await self._write([(item, "done") for item in items])

    async def alone(self, item: str) -> None:
        await self.together([item])

    def is_poison(self, error: Exception) -> bool:
        return is_poison(error)

    async def set_aside(self, item: str, reason: str, _error: Exception | None) -> None:
        await self._write([(item, reason)])

    async def fault(self, _item: str, error: Exception) -> None:
        raise error

    async def _write(self, rows: Sequence[tuple[str, str]]) -> None:
        async with transaction(self.database) as session:
            for key, reason in rows:
                await session.execute(
                    "INSERT INTO effect (key, version, status) VALUES (:key, 1, :reason)",
                    {"key": key, "reason": reason},
                )
            await self.in_flight.done(session)


def breaking(error: BaseException, times: int = 1_000) -> Callable[[Sequence[str]], None]:
    """Item b breaks every attempt it is part of, so many times."""
    remaining = [times]

    def before(items: Sequence[str]) -> None:
        if "b" in items and remaining[0]:
            remaining[0] -= 1
            raise error

    return before


async def outcome(database: Database) -> dict[str, str]:
    async with transaction(database) as session:
        return {row.key: row.status for row in await session.execute("SELECT * FROM effect")}


async def leave_behind(
    database: Database, holder: str, items: Sequence[str], attempts: int
) -> None:
    async with transaction(database) as session:
        await session.execute(
            "INSERT INTO in_flight VALUES ('test', :holder, :items, :attempts, clock_timestamp())",
            {"holder": holder, "items": list(items), "attempts": attempts},
        )
