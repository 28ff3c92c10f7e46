"""Whoever reads what `up` prints may leave, stop reading, or never have been there: it serves."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.load import load
from tests.support.stack import ROOT, Stack

pytestmark = [pytest.mark.attacks, pytest.mark.e2e]
CLOSED = ["bash", "-c", 'exec "$@" <&- >&- 2>&-', "-"]


@asynccontextmanager
async def _launched(
    stack: Stack,
    *,
    before: list[str] | None = None,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[None]:
    """`up` with words that go where the test wants them."""
    stack.process = subprocess.Popen(  # noqa: ASYNC220  it ends long after this returns
        [*(before or []), sys.executable, "leadflow", "up", "--port", str(stack.port)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, "LEADFLOW_DATA": str(stack.data), **(environment or {})},
        start_new_session=True,
    )
    try:
        yield
    finally:
        stack.stop()


async def _serves(stack: Stack) -> None:
    await stack.ready(seconds=60)
    ledger = await load(stack, rate=20, seconds=1, seed="words")
    assert set(ledger.statuses()) == {202}


def _full_pipe() -> tuple[int, int]:
    """The reading and the writing end of a pipe that nobody empties."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writing, True)
    return reading, writing


async def test_a_reader_who_leaves_and_one_who_sleeps_do_not_end_it(folder: Path) -> None:
    """`./leadflow up 2>&1-to-a-full-pipe | head -2`, on a terminal that knows ASCII only."""
    stack = Stack(data=folder / "state")
    left, words = os.pipe()
    asleep, stuck = _full_pipe()
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    try:
        async with _launched(stack, stdout=words, stderr=stuck, environment=ascii_only):
            os.close(words)
            with os.fdopen(left, encoding="utf-8") as reader:
                first = await asyncio.to_thread(lambda: [next(reader), next(reader)])
            assert "Leadflow runs at" in first[1]
            await _serves(stack)
            os.kill(stack.pids()["postgres"], signal.SIGKILL)  # now there is something to say
            await stack.ready(seconds=90)
            assert stack.stop() == 0
    finally:
        os.close(asleep)
        os.close(stuck)


async def test_without_any_stream_it_serves(folder: Path) -> None:
    stack = Stack(data=folder / "state")
    async with _launched(stack, before=CLOSED):
        await _serves(stack)
        assert stack.stop() == 0


def test_a_command_ends_quietly_when_its_reader_has_left(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    found = subprocess.run(
        [sys.executable, "leadflow", "status", "--data", str(folder / "none")],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert found.stderr == b""
    assert found.returncode in {1, 128 + signal.SIGPIPE}
