"""Waiting for a condition with a deadline: tests never sleep and hope."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")
PAUSE_SECONDS = 0.05
PATIENCE_SECONDS = 30.0  # at least: that a machine is busy is no failure


async def eventually(
    ask: Callable[[], Awaitable[Found]],
    *,
    seconds: float,
    what: str,
    until: Callable[[Found], bool] = bool,
    pause_seconds: float = PAUSE_SECONDS,
) -> Found:
    """Ask again and again until `until` likes the answer; fail with the last answer seen. What it
    must not have waited for (a poll, a term) has to be far off, or not to be there.

    A question that is dear to answer is asked less often, so as not to slow down what it waits for.
    """
    seconds = max(seconds, PATIENCE_SECONDS)
    ends = time.monotonic() + seconds
    while True:
        found = await ask()
        if until(found):
            return found
        if time.monotonic() > ends:
            raise AssertionError(f"{what}: not within {seconds} s; last seen {found!r:.800}")
        await asyncio.sleep(pause_seconds)


async def passed(seconds: float, *, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Return when so much time is over: for what is about time itself."""
    began = time.monotonic()

    async def since() -> float:
        return time.monotonic() - began

    await eventually(
        since,
        seconds=seconds + 5,
        until=lambda span: span >= seconds,
        what="time has passed",
        pause_seconds=pause_seconds,
    )
