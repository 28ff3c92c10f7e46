"""A loop comes back whatever ends it, and a loop that only fails is not called healthy."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from shared.errors import UnavailableError
from shared.runtime import loop as runtime
from shared.runtime.loop import Loop, Progress, running
from shared.wakeup import Wakeup
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(runtime, "LONGEST_PAUSE_SECONDS", 0.002)


@asynccontextmanager
async def kept(end: Callable[[], None]) -> AsyncIterator[Loop]:
    """A loop that beats once and ends by what `end` raises."""

    async def run(progress: Progress) -> None:
        await asyncio.sleep(0)
        end()

    loop = Loop("test", run)
    async with running([loop]):
        yield loop


async def _restarts(loop: Loop, times: int = 3) -> None:
    async def restarts() -> int:
        return loop.progress.restarts

    await eventually(restarts, seconds=5, what="it comes back", until=lambda count: count >= times)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("a bug"),
        OSError(28, "No space left on device"),
        UnavailableError("away"),
        SystemExit(1),
        MemoryError(),
        asyncio.CancelledError(),  # it leaked from something the loop awaited
        None,  # it returned
    ],
    ids=lambda error: type(error).__name__,
)
async def test_whatever_ends_a_loop_it_starts_again(error: BaseException | None) -> None:
    def end() -> None:
        if error is not None:
            raise error

    async with kept(end) as loop:
        await _restarts(loop)


class _FullDisk:
    def __getattr__(self, _level: str) -> object:
        raise OSError(28, "No space left on device")


async def test_a_log_that_fails_does_not_end_the_keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "log", _FullDisk())

    def end() -> None:
        raise RuntimeError

    async with kept(end) as loop:
        await _restarts(loop)


async def test_a_loop_that_only_fails_is_stalled_and_an_outage_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "STALLED_AFTER_SECONDS", 0.05)
    errors: list[Exception] = [RuntimeError("a bug")]

    async def run(progress: Progress) -> None:
        progress.beat()
        raise errors[0]

    loop = Loop("test", run)

    async def stalled() -> bool:
        return loop.progress.stalled()

    async with running([loop]):
        await eventually(stalled, seconds=5, what="failing is noticed")
        errors[0] = UnavailableError("away")
        await eventually(
            stalled, seconds=5, what="an outage elsewhere is progress", until=lambda yes: not yes
        )


async def test_a_long_wait_for_a_wake_up_is_no_standstill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "REST_BEAT_SECONDS", 0.01)
    progress, wakeup = Progress(), Wakeup()
    began = progress.beat_at

    await progress.attend(wakeup, "test", seconds=0.03)

    assert progress.beat_at - began >= 0.02 * 0.9

    wakeup.notify_here("test")
    await asyncio.wait_for(progress.attend(wakeup, "test", seconds=3600), 60)
