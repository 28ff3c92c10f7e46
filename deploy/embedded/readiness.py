"""Asks the services whether they are ready, and keeps the state file up to date."""

import asyncio
import contextlib
from typing import Any

import httpx

from deploy.embedded.environment import SERVICES
from deploy.embedded.probe import PROBE_SECONDS
from deploy.embedded.processes.children import LauncherError, last_line
from deploy.embedded.state import write_state
from deploy.embedded.topology import START_PATIENCE_SECONDS, Machine
from shared.runtime.loop import Progress

LOOK_SECONDS = 1.0
CALM_SECONDS = 15.0  # while all is ready; the end of a process is noticed at once
HOPELESS_AFTER_RESTARTS = 4


def _addresses(machine: Machine, url: str) -> list[str]:
    doors = [f"{url}/{service}/health/ready" for service in SERVICES]
    workers = [f"http://127.0.0.1:{port}/health/ready" for port in machine.worker_ports.values()]
    return doors + workers


async def _missing(client: httpx.AsyncClient, address: str) -> set[str]:
    """What keeps one process from being ready; `answer` when it does not answer."""
    try:
        answer = await client.get(address)
        return set(answer.json()["missing"])
    except (httpx.HTTPError, ValueError, KeyError):
        return {"answer"}


async def _all_missing(client: httpx.AsyncClient, machine: Machine, url: str) -> set[str]:
    answers = await asyncio.gather(
        *(_missing(client, address) for address in _addresses(machine, url))
    )
    down = {child.name for child in machine.supervisor.children if not child.running()}
    return down.union(*answers)


async def await_ready(machine: Machine, url: str, *, prepared: bool) -> None:
    """Returns when all processes are ready; `prepared=False` leaves the preparation out."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + START_PATIENCE_SECONDS
    async with httpx.AsyncClient(timeout=PROBE_SECONDS, trust_env=False) as client:
        while True:
            missing = await _all_missing(client, machine, url)
            if not prepared:
                missing.discard("preparation")
            if not missing:
                return
            for child in machine.supervisor.children:
                if child.restarts >= HOPELESS_AFTER_RESTARTS:
                    raise LauncherError(f"{child.name} does not start: {last_line(child.log)}")
            if clock() > deadline:
                words = ", ".join(sorted(missing))
                raise LauncherError(
                    f"the services are not ready ({words}): see {machine.folder.logs}"
                )
            await asyncio.sleep(0.1)


async def keep_looking(machine: Machine, url: str, progress: Progress) -> None:
    """Runs until cancelled; the state file is written when its contents have changed."""
    ready = True
    file_state: tuple[bool, list[dict[str, Any]]] | None = None

    def update() -> None:
        nonlocal ready, file_state
        processes = machine.supervisor.describe()
        # A process that has just died is not ready before it has been asked again.
        ready = ready and all(process["pid"] for process in processes)
        if file_state == (ready, processes):
            return
        file_state = None
        # On a full disk the file stays as it is and is tried again at the next look; `status`
        # asks the services themselves before it believes a file that is ready.
        with contextlib.suppress(OSError):
            write_state(
                machine.folder,
                url=url,
                ready=ready,
                processes=processes,
                health=_addresses(machine, url),
            )
            file_state = ready, processes

    machine.supervisor.changed = update
    update()
    async with httpx.AsyncClient(timeout=PROBE_SECONDS, trust_env=False) as client:
        while True:
            await asyncio.sleep(CALM_SECONDS if ready else LOOK_SECONDS)
            ready = not await _all_missing(client, machine, url)
            progress.beat()
            update()
