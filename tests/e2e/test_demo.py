"""The demo on a fresh folder: a whole day within seconds, nothing lost of what was planned."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from deploy.embedded.demo.plan import plan_day
from deploy.embedded.processes.children import alive
from tests.support.stack import ROOT, Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]
SEED = 7


def row(words: str, name: str) -> list[str]:
    """The cells of a row of the summary after its name."""
    line = next(line for line in words.splitlines() if line.startswith(f"│ {name} "))
    return [cell.strip() for cell in line.strip("│").split("│")[1:]]


async def test_a_day_on_a_fresh_folder_and_the_same_day_again(folder: Path) -> None:
    stack = Stack(data=folder / "state")
    arguments = ("demo", "--speed", "20000", "--seed", str(SEED), "--exit")
    port = ("--port", str(stack.port))
    plan = plan_day(SEED)
    first = await asyncio.to_thread(stack.call, *arguments, *port, seconds=600)
    assert first.returncode == 0, first.stdout[-3000:] + first.stderr[-3000:]
    expected = plan.expected
    assert row(first.stdout, "received") == [str(len(plan.posts))] * 2
    assert row(first.stdout, "quarantined")[0] == str(expected["quarantined"])
    # A day in seconds brings some phases of calls after their ends: these may add to the inquiry.
    late = int(row(first.stdout, "normalised")[0]) - expected["inquiry"] - expected["observed"]
    assert 0 <= late <= sum(post.kind == "call_phase" for post in plan.posts)
    assert row(first.stdout, "ignored")[0] == str(expected["ignored"] - late)
    assert row(first.stdout, "inquiries")[0] == str(expected["inquiry"])
    assert row(first.stdout, "unreconciled inquiries")[-1] == "0"
    assert "still wait" not in first.stdout
    leads, assigned, accepted = (
        int(row(first.stdout, name)[0]) for name in ("leads", "assigned", "accepted")
    )
    assert 0 < leads <= expected["inquiry"]
    assert assigned == accepted == leads
    won, lost = (int(row(first.stdout, name)[0]) for name in ("won", "lost"))
    assert 0 < won < lost
    assert leads * 0.8 < won + lost <= leads

    again = await asyncio.to_thread(stack.call, *arguments, *port, seconds=600)
    assert again.returncode == 0, again.stdout[-3000:] + again.stderr[-3000:]
    assert row(again.stdout, "received")[0] == str(len(plan.posts))
    # A call that is told again, of another moment, is corrected; nothing new comes of it.
    corrections = int(row(again.stdout, "normalised")[0])
    assert corrections <= sum(post.kind in {"call", "call_phase"} for post in plan.posts)
    assert row(again.stdout, "inquiries")[0] == "0"
    assert row(again.stdout, "leads")[0] == "0"
    assert "recognised as duplicates" in again.stdout.replace("\n", " ")


async def test_an_interrupt_leaves_nothing_behind(folder: Path) -> None:
    stack = Stack(data=folder / "state")
    words = folder / "demo.out"
    with words.open("wb") as output:
        demo = await asyncio.create_subprocess_exec(
            sys.executable,
            "leadflow",
            "demo",
            "--data",
            str(stack.data),
            "--port",
            str(stack.port),
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )

    async def begun() -> bool:
        assert demo.returncode is None, words.read_text()
        return "it runs at" in words.read_text()

    await eventually(begun, seconds=120, what="the day begins")
    pids = list(stack.pids().values())
    assert pids
    demo.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(demo.wait(), 180) == 130
    assert "Traceback" not in words.read_text()
    assert not [pid for pid in pids if alive(pid)]
