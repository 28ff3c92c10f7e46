"""The launcher over a state that was left behind: by kill -9, by the other log, by a bad file."""

import signal
from pathlib import Path

import pytest

from deploy.embedded.processes import alive
from deploy.embedded.surroundings import SERVICES
from tests.support.inquiring import post, until_counted
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e


async def test_kill_9_of_the_launcher_leaves_no_orphan_and_the_next_up_recovers(
    tmp_path: Path,
) -> None:
    stack = Stack(tmp_path / "state")
    stack.launch()
    await stack.ready(seconds=120)
    await post(stack, 1)
    pid = stack.pids()["postgres"]
    assert stack.process is not None
    stack.process.kill()
    stack.process.wait()

    async def gone() -> bool:
        return not alive(pid)

    await eventually(gone, seconds=20, what="PostgreSQL has ended")
    assert stack.status() == {"url": stack.url, "ready": False, "processes": []}
    stack.launch()
    await stack.ready(seconds=120)
    async with stack.client() as client:
        assert len((await client.get("/intake/v1/inquiries")).json()["items"]) == 1
    pid = stack.pids()["postgres"]
    assert stack.stop(number=signal.SIGINT) == 0
    assert not alive(pid)
    assert stack.call("reset", "--yes").returncode == 0
    assert not stack.data.exists()


@pytest.mark.kafka
async def test_a_state_goes_from_one_log_to_the_other_and_back(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "state", arguments=("--sample",))
    names = ["postgres", "kafka", "api", *(f"{service}-worker" for service in SERVICES)]
    expected = {"--kafka": names, "": ["postgres"]}
    for round_number, mode in enumerate(("", "--kafka", ""), start=1):
        stack.arguments = tuple(filter(None, ("--sample", mode)))
        stack.launch()
        await stack.ready(seconds=180)
        await post(stack, round_number)
        await until_counted(stack, round_number)
        processes = stack.status()["processes"]
        assert [process["name"] for process in processes] == expected[mode]
        stack.stop()
        assert not any(alive(process["pid"]) for process in processes)


async def test_a_bad_sources_file_stops_the_start_in_one_line(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "state")
    stack.data.mkdir()
    (stack.data / "sources.yaml").write_text("sources:\n  - key: x\n    adapter: telepathy\n")
    answer = stack.call("up", "--port", str(stack.port), seconds=120)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert "sources.yaml, line 2" in answer.stderr.strip().splitlines()[-1]
