"""The process apart: hard limits, no blame for what others did, and nothing left behind."""

import asyncio
import gc
import os
import re
import signal
import socket
import sys
import time
import weakref
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deploy.embedded.processes.children import alive
from shared.errors import UnavailableError
from shared.sandbox import process
from shared.sandbox.budget import BudgetSpentError, StumbledError, within_budget
from shared.sandbox.process import (
    DiedError,
    Sandbox,
    TooHungryError,
    TooSlowError,
    TooVerboseError,
)
from tests.support.hostile_deeds import spin
from tests.support.waiting import eventually

TARGET = "tests.integration.shared.sandboxed:work"
MEMORY = 64 * 1_048_576

# Starts a process apart, says its number and has it work for ever.
_PARENT = f"""
import asyncio
from shared.sandbox.process import Sandbox

async def main():
    sandbox = Sandbox({TARGET!r}, memory_bytes={MEMORY}, answer_bytes=1000)
    print((await sandbox.call(b"pid", cpu_seconds=5.0)).decode(), flush=True)
    await sandbox.call(b"sleep", cpu_seconds=5.0)

asyncio.run(main())
"""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    apart = Sandbox(TARGET, memory_bytes=MEMORY, answer_bytes=10_000)
    yield apart
    await apart.close()


def _descriptors(pid: int) -> list[str]:
    paths = [one.readlink() for one in Path(f"/proc/{pid}/fd").iterdir()]
    return sorted(str(path).partition(":")[0].replace("socket", "pipe") for path in paths)


async def _ask(sandbox: Sandbox, word: str, *, cpu_seconds: float = 5.0) -> str:
    return (await sandbox.call(word.encode(), cpu_seconds=cpu_seconds)).decode()


async def test_one_process_answers_again_and_again(sandbox: Sandbox) -> None:
    assert getattr(sandbox, "pid", 0) is None, "it is started when first needed"
    first = int(await _ask(sandbox, "pid"))
    assert (await _ask(sandbox, "echo"), int(await _ask(sandbox, "pid"))) == ("echo", first)
    assert sandbox.pid == first != os.getpid()
    assert int(await _ask(sandbox, "group")) == first, "a terminal's Ctrl-C does not reach it"
    await sandbox.close()
    await sandbox.close()
    assert not alive(first)


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("spin", TooSlowError),
        ("spin in c", TooSlowError),
        ("hog", TooHungryError),
        ("vanish", DiedError),
        ("much", TooVerboseError),
        ("stumble", StumbledError),
        ("call out", StumbledError),
    ],
)
async def test_whatever_the_work_does_the_next_is_done(
    sandbox: Sandbox, word: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as told:
        await _ask(sandbox, word, cpu_seconds=0.2)
    assert "customer" not in str(told.value)
    assert await _ask(sandbox, "echo") == "echo"


async def test_work_that_only_waits_is_ended_by_the_clock(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ask(sandbox, "echo")
    monkeypatch.setattr(process, "ANSWER_SECONDS", 0.3)
    with pytest.raises(DiedError):
        await _ask(sandbox, "sleep")
    monkeypatch.undo()
    assert await _ask(sandbox, "echo") == "echo"


async def test_it_has_nothing_of_ours(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_DATABASE_URL", "postgresql://secret")
    with socket.socket():
        assert set((await _ask(sandbox, "environment")).split()) <= {"PYTHONPATH", "LC_CTYPE"}
    assert sandbox.pid is not None
    assert _descriptors(sandbox.pid) == ["/dev/null"] * 3 + ["pipe"] * 2
    with pytest.raises(StumbledError):
        await _ask(sandbox, "write")


async def test_what_is_printed_does_not_come_between_the_answers(sandbox: Sandbox) -> None:
    await _ask(sandbox, "print")
    assert await _ask(sandbox, "echo") == "echo"


async def test_killed_while_idle_it_is_started_again(sandbox: Sandbox) -> None:
    pid = int(await _ask(sandbox, "pid"))
    os.kill(pid, signal.SIGKILL)

    async def gone() -> bool:
        return not alive(pid)

    await eventually(gone, seconds=5, what="it is gone")
    assert int(await _ask(sandbox, "pid")) != pid


async def test_work_that_is_given_up_ends_with_its_process(sandbox: Sandbox) -> None:
    pid = int(await _ask(sandbox, "pid"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await _ask(sandbox, "sleep")
    assert await _ask(sandbox, "echo") == "echo", "no answer of the one before"

    async def gone() -> bool:
        return not alive(pid)

    await eventually(gone, seconds=5, what="it is gone")


async def _refuse(*_given: object, **_named: object) -> None:
    raise BlockingIOError(11, "no more processes")


@pytest.mark.parametrize("target", ["no.such.module:work", "tests.integration.shared.sandboxed:no"])
async def test_code_that_cannot_be_loaded_blames_nobody(target: str) -> None:
    apart = Sandbox(target, memory_bytes=MEMORY, answer_bytes=1000)
    with pytest.raises(UnavailableError):
        await _ask(apart, "echo")
    await apart.close()


async def test_a_process_that_cannot_be_started_blames_nobody(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncio, "create_subprocess_exec", _refuse)
    with pytest.raises(UnavailableError):
        await _ask(sandbox, "echo")
    monkeypatch.undo()
    assert await _ask(sandbox, "echo") == "echo"


async def test_it_does_not_outlive_whoever_started_it() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert alive(pid)
    parent.kill()
    await parent.wait()

    async def gone() -> bool:
        return not alive(pid)

    await eventually(gone, seconds=5, what="it is gone, although it was at work")


@pytest.mark.parametrize("work", [spin, lambda: re.match(r"(a+)+b", "a" * 60)])
def test_a_budget_breaks_python_and_regular_expressions_off(work: Callable[[], None]) -> None:
    began = time.process_time()
    with pytest.raises(BudgetSpentError):
        within_budget(0.02, work)
    assert time.process_time() - began < 1.0
    assert within_budget(0.02, lambda: "done") == "done"


def test_the_collector_waits_until_work_within_a_budget_is_done() -> None:
    class Knot:
        def __init__(self) -> None:
            self.itself = self

    ends: list[object] = []
    reference = weakref.ref(Knot(), ends.append)
    litter = gc.get_threshold()[0] * 10
    within_budget(5.0, lambda: [[] for _ in range(litter)])
    assert (reference() is None, ends) == (False, []), "an alarm in there would be swallowed"
    gc.collect()
    assert ends == [reference]
    assert gc.isenabled()
