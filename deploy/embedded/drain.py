"""Whether everything that was spoken has been heard, whatever log it travels by.

Used before a state changes its log: what waits in the old one has to arrive first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from deploy.embedded.postgres import PrivatePostgres
from shared.contracts.catalog import TOPICS

PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.5

_SUMS = (
    "SELECT topic, sum(hashtextextended(key || ':' || version, 0)::numeric) FROM {table} "
    "WHERE topic = ANY($1) GROUP BY topic"
)
_LATEST = "SELECT topic, key, version FROM {table} WHERE topic = ANY($1)"

Key = tuple[str, str]


async def _rows(
    postgres: PrivatePostgres, service: str, query: str, topics: list[str]
) -> list[Any]:
    connection = await postgres.connect(service)
    try:
        found: list[Any] = await connection.fetch(query, topics)
        return found
    finally:
        await connection.close()


async def _held(postgres: PrivatePostgres, service: str, topics: list[str]) -> set[Key]:
    """Keys that wait for a person; changing the log neither helps nor harms them."""
    query = "SELECT DISTINCT topic, key FROM held WHERE topic = ANY($1)"
    return {(row[0], row[1]) for row in await _rows(postgres, service, query, topics)}


async def unheard(postgres: PrivatePostgres) -> int:
    """How many (listener, topic, key) have not heard the latest version that was spoken."""
    waiting = 0
    for speaker in {topic.speaker for topic in TOPICS}:
        for listener in {name for topic in TOPICS for name in topic.listeners}:
            topics = [
                topic.name
                for topic in TOPICS
                if topic.speaker == speaker and listener in topic.listeners
            ]
            if topics:
                waiting += await _unheard_by(postgres, speaker, listener, topics)
    return waiting


async def _unheard_by(
    postgres: PrivatePostgres, speaker: str, listener: str, topics: list[str]
) -> int:
    spoken = await _rows(postgres, speaker, _SUMS.format(table="stream"), topics)
    heard = await _rows(postgres, listener, _SUMS.format(table="seen"), topics)
    if sorted(map(tuple, spoken)) == sorted(map(tuple, heard)):
        return 0
    seen = {
        (row[0], row[1]): row[2]
        for row in await _rows(postgres, listener, _LATEST.format(table="seen"), topics)
    }
    held = await _held(postgres, listener, topics)
    return sum(
        seen.get((row[0], row[1]), 0) < row[2] and (row[0], row[1]) not in held
        for row in await _rows(postgres, speaker, _LATEST.format(table="stream"), topics)
    )


async def until_heard(count: Callable[[], Awaitable[int]]) -> int:
    """Waits until nothing is unheard; what still is when patience ends is the answer."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE_SECONDS
    waiting = await count()
    while waiting and clock() < deadline:
        await asyncio.sleep(LOOK_SECONDS)
        waiting = await count()
    return waiting
