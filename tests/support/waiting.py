"""Waiting for a condition with a deadline: tests never sleep and hope."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")
PAUSE_SECONDS = 0.05


async def eventually(
    ask: Callable[[], Awaitable[Found]],
    *,
    seconds: float,
    what: str,
    until: Callable[[Found], bool] = bool,
    pause_seconds: float = PAUSE_SECONDS,
) -> Found:
    """Ask again and again until `until` likes the answer; fail with the last answer seen.

    A question that is dear to answer is asked less often, so as not to slow down what it waits for.
    """
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
