"""A deadline that holds even when a client library ignores cancellation, or cancels itself."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from shared.errors import UnavailableError

T = TypeVar("T")
# Tasks that are still running though nobody waits for them: without a reference they could be
# collected. Their errors are dropped, since the caller already knows that the answer is unknown.
_orphans: set[asyncio.Task[Any]] = set()


def leave(task: asyncio.Task[Any]) -> None:
    """Let a task end by itself."""
    _orphans.add(task)
    task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Any]) -> None:
    _orphans.discard(task)
    if not task.cancelled():
        task.exception()


async def within(seconds: float, work: Coroutine[Any, Any, T], *, doing: str) -> T:
    """The result of `work`, or its error.

    Raises UnavailableError when time is up, and when the work was cancelled by anybody but us.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        leave(task)
        raise
    if not task.done():
        task.cancel()
        leave(task)
        raise UnavailableError(f"There was no answer in time ({doing}).")
    if task.cancelled():
        raise UnavailableError(f"It was broken off from elsewhere ({doing}).")
    return task.result()
