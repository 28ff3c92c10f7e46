"""What the launcher writes may fail at any time: it goes on, and says so as soon as it can."""

import errno
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.embedded import readiness, up
from deploy.embedded.commands import COMMANDS
from deploy.embedded.processes.children import WATCHDOG, Children, open_output, stop
from deploy.embedded.processes.supervisor import Supervised, Supervisor
from deploy.embedded.state import Folder, read_status, take_lock, write_state
from deploy.embedded.topology import Machine, log_file
from shared.clock import system_clock
from shared.runtime.loop import Loop, running
from tests.support.waiting import eventually

FULL = OSError(errno.ENOSPC, "No space left on device")


class _NoPostgres:
    def stop(self) -> None:
        raise FULL


def _machine(folder: Folder, children: Children) -> Machine:
    supervisor = Supervisor(clock=system_clock, say=lambda _: None, changed=lambda: None)
    return Machine(folder, children, supervisor, _NoPostgres(), lambda _: None)  # type: ignore[arg-type]


async def test_the_state_is_told_as_soon_as_it_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    lock = take_lock(folder)
    write_state(folder, url="http://here", ready=True, processes=[])
    refusals = iter([FULL, FULL, FULL])

    def refuse_at_first(*given: Any, **named: Any) -> None:
        for refusal in refusals:
            raise refusal
        write_state(*given, **named)

    async def away(_client: httpx.AsyncClient, _address: str) -> set[str]:
        return {"door-writer"}

    monkeypatch.setattr(readiness, "write_state", refuse_at_first)
    monkeypatch.setattr(readiness, "_missing", away)
    monkeypatch.setattr(readiness, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(readiness, "CALM_SECONDS", 0.01)
    machine = _machine(folder, Children())
    looking = Loop(
        "status", lambda progress: readiness.keep_looking(machine, "http://it", progress)
    )

    async def told() -> bool:
        return bool(read_status(folder)["ready"])

    async with running([looking]):
        await eventually(told, seconds=5, what="it is told", until=lambda ready: not ready)
    assert looking.progress.restarts == 0
    lock.release()


def test_status_asks_before_it_believes_the_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    lock = take_lock(folder)
    nobody = "http://127.0.0.1:1/health/ready"
    write_state(folder, url="http://here", ready=True, processes=[], health=[nobody])
    chosen = type("Chosen", (), {"data": str(tmp_path), "json": True})()
    assert COMMANDS["status"](chosen) == 1
    lock.release()


async def test_a_child_that_cannot_be_started_is_tried_for_ever(tmp_path: Path) -> None:
    children = Children()
    machine = _machine(Folder(tmp_path), children)
    refusals = iter([FULL, RuntimeError("a bug"), FULL])

    def spawn() -> "subprocess.Popen[bytes]":
        for refusal in refusals:
            raise refusal
        with open_output(tmp_path / "child.log") as output:
            return children.spawn(
                ["/bin/sleep", "60"], stop_signal=signal.SIGTERM, environment={}, output=output
            )

    child = Supervised("child", spawn, tmp_path / "child.log")
    machine.supervisor.children.append(child)

    async def up_and_running() -> bool:
        return child.running()

    async with running(machine.supervisor.loops()):
        await eventually(up_and_running, seconds=15, what="it runs")
    await machine.supervisor.stop(["child"])
    children.close()


def test_a_child_is_known_though_its_watchdog_cannot_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    children = Children()
    popen = subprocess.Popen

    def refuse_the_watchdog(command: list[Any], **named: Any) -> Any:
        if WATCHDOG in command:
            raise OSError(errno.EMFILE, "Too many open files")
        return popen(command, **named)

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", refuse_the_watchdog)
        process = children.spawn(
            ["/bin/sleep", "60"],
            stop_signal=signal.SIGTERM,
            environment={},
            output=subprocess.DEVNULL,
        )
    assert process.poll() is None
    stop(process, stop_signal=signal.SIGTERM, patience_seconds=5)
    children.forget(process)
    children.close()


def test_a_log_that_cannot_be_opened_or_renamed_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path / "none" / "state")
    path = log_file(folder, "api")
    with open_output(path) as output:
        assert os.fstat(output.fileno()).st_rdev == Path(os.devnull).stat().st_rdev


def test_the_end_takes_every_step_whatever_became_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    steps: list[str] = []

    class Kafka:
        def stop(self) -> None:
            steps.append("kafka")
            raise FULL

    class Kept(Children):
        def close(self) -> None:
            steps.append("children")

    def refuse(_path: Path, *, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    up._end(folder, Kafka(), _NoPostgres(), Kept())  # type: ignore[arg-type]
    assert steps == ["kafka", "children"]
