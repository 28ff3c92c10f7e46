"""Whose statements the processor turns to first where one machine has everything."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from services.history.service import HISTORY
from services.intake.service import INTAKE
from services.kpi.service import KPI
from services.routing.service import ROUTING
from shared import standing
from shared.database import reading
from shared.service import Service
from shared.single_process import SingleProcess
from shared.standing import BESIDE, stand_back
from tests.support.infrastructure import DatabaseFactory


@asynccontextmanager
async def _server_process(
    service: Service[Any], url: str, *, background: bool, single: SingleProcess | None
) -> AsyncIterator[int]:
    """The number of the server's process for the first connection of such a part of a service."""
    settings: Any = SimpleNamespace(database_url=SecretStr(url), database_pool=2)
    bare = replace(service, prepare=None)
    database = bare.open_database(settings, single=single, background=background)
    async with reading(database) as session:
        yield await session.scalar("SELECT pg_backend_pid()")
    await database.close()


def _standing(pid: int) -> tuple[int, list[int]]:
    """The niceness of the process and, where the system has such a thing, of its session."""
    group = Path(f"/proc/{pid}/autogroup")
    words = group.read_text(encoding="ascii").split() if group.exists() else []
    return os.getpriority(os.PRIO_PROCESS, pid), [int(word) for word in words[-1:]]


@pytest.mark.parametrize("service", [HISTORY, KPI], ids=lambda service: service.name)
async def test_what_nobody_waits_for_comes_after_the_path(
    service: Service[Any], empty_database: DatabaseFactory
) -> None:
    url = await empty_database(service.name)
    parts = _server_process(service, url, background=True, single=SingleProcess())
    async with parts as pid, _server_process(service, url, background=True, single=None) as usual:
        process, session = _standing(usual)
        assert _standing(pid) == (process + BESIDE, [before + BESIDE for before in session])


@pytest.mark.parametrize(
    ("service", "background", "alone"),
    [
        (INTAKE, True, True),
        (ROUTING, True, True),
        (HISTORY, False, True),  # somebody reads a timeline
        (KPI, False, True),
        (KPI, True, False),  # the server may run anywhere: this number may be anybody's here
    ],
    ids=["intake", "routing", "history's API", "kpi's API", "a worker of many"],
)
async def test_whatever_is_waited_for_stands_as_before(
    service: Service[Any], background: bool, alone: bool, empty_database: DatabaseFactory
) -> None:
    url = await empty_database(service.name)
    single = SingleProcess() if alone else None
    async with _server_process(service, url, background=background, single=single) as pid:
        assert _standing(pid) == (os.getpriority(os.PRIO_PROCESS, 0), [0] * len(_standing(pid)[1]))


async def test_a_process_that_is_gone_harms_nobody() -> None:
    await stand_back(2**22 + 1)


async def test_the_kernel_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes: list[str] = []

    def write(_path: Path, text: str, **_named: object) -> None:
        wishes.append(text)
        if len(wishes) < 3:
            raise BlockingIOError

    monkeypatch.setattr(Path, "write_text", write)
    monkeypatch.setattr(standing, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(os, "setpriority", lambda *_wish: None)
    await stand_back(os.getpid())
    assert wishes == [str(BESIDE)] * 3
