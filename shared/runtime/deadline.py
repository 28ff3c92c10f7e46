"""A deadline that holds even when a client library will not be cancelled, or cancels itself.

What is given up is referred to until it has ended, so that it is not collected in the midst; its
error is dropped, since the caller has already been told that the answer is unknown.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from shared.errors import UnavailableError

T = TypeVar("T")
_given_up: set[asyncio.Task[Any]] = set()


def leave(task: asyncio.Task[Any]) -> None:
    """Let a task end by itself."""
    _given_up.add(task)
    task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Any]) -> None:
    _given_up.discard(task)
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
        raise UnavailableError(f"The log did not answer in time ({doing}).")
    if task.cancelled():
        raise UnavailableError(f"The log's client broke off ({doing}).")
    return task.result()
