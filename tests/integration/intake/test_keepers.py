"""What keeps the door going: its writer and its sources come back by themselves, and health says
what was tried, not what exists.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from services.intake.repository import arrivals
from services.intake.repository.arrivals import ArrivalStore, Receipt
from services.intake.repository.sources import SourceRow
from services.intake.routes.ingest import group_commit
from services.intake.service import INTAKE
from shared.application import create_app
from shared.database import transaction
from shared.migrations import upgrade
from tests.integration.intake.harness import House, Time, settings_for
from tests.support.infrastructure import DatabaseFactory
from tests.support.signer import new_signer
from tests.support.waiting import eventually

INQUIRY = {"channel": "form", "contact": {"phones": ["+7 916 123-45-67"]}}


async def _stores(house: House) -> None:
    async def status() -> int:
        return (await house.native(INQUIRY)).status_code

    await eventually(status, seconds=15, what="the door stores", until=lambda code: code == 202)


async def _missing(house: House) -> list[str]:
    answer = await house.client.get("/health/ready")
    names: list[str] = answer.json()["missing"]
    assert (answer.status_code == 200) == (not names)
    return names


class _FullDisk:
    def __getattr__(self, _level: str) -> object:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    "error",
    [RuntimeError("a bug"), asyncio.CancelledError()],
    ids=["a fault", "a cancellation that leaks"],
)
async def test_waiters_are_told_before_anything_is_logged_and_the_writer_comes_back(
    house: House, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    async def broken(_connection: object, _batch: object) -> list[Receipt]:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(group_commit, "log", _FullDisk())
        patch.setattr(arrivals, "_store_together", broken)
        async with asyncio.timeout(60):
            answers = await asyncio.gather(*(house.native(INQUIRY) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {503}
    assert all("retry-after" in answer.headers for answer in answers)
    await _stores(house)
    assert house.app.door.commits.held_requests == 0
    assert house.app.door.commits.held_bytes == 0


async def test_ready_means_that_the_writer_can_store_and_leaves_no_row(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_connection: object, _batch: object) -> list[Receipt]:
        raise OSError(28, "No space left on device")

    assert await _missing(house) == []
    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "_store_together", broken)
        assert (await house.native(INQUIRY)).status_code == 503
        for _ in range(3):
            assert await _missing(house) == ["door-writer"]
    assert await _missing(house) == []
    assert await house.count() == 0


async def test_a_writer_that_does_not_answer_is_not_ready(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    async def stuck(_store: ArrivalStore, _batch: object, *, seconds: float) -> None:
        await never.wait()

    monkeypatch.setattr(ArrivalStore, "store", stuck)
    waiting = asyncio.create_task(house.native(INQUIRY))
    await eventually(
        lambda: _missing(house), seconds=5, what="it is noticed", until=["door-writer"].__eq__
    )
    monkeypatch.undo()
    never.set()
    assert (await waiting).status_code == 503


_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def test_a_database_that_turned_read_only_is_503_and_comes_back(house: House) -> None:
    (row,) = await house.rows("SELECT current_database() AS name")
    setting = f'ALTER DATABASE "{row["name"]}" SET default_transaction_read_only = '
    async with transaction(house.database) as session:
        await session.execute(setting + "on")
        await session.execute(_OTHERS)
    refusal = await house.native(INQUIRY)
    assert refusal.status_code == 503
    assert int(refusal.headers["retry-after"]) >= 1
    assert "door-writer" in await _missing(house)
    answer_to_admin = await house.client.post(
        "/v1/sources", json={"adapter": "tilda"}, headers=house.as_("admin")
    )
    assert answer_to_admin.status_code == 503
    async with transaction(house.database) as session:
        await session.execute(setting + "off")
        await session.execute(_OTHERS)
    await _stores(house)
    assert await _missing(house) == []


async def test_a_withdrawn_secret_ends_though_a_refresh_has_failed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await house.source(adapter="generic-json", key="landing", country="RU")
    assert (await house.hook("landing", b'{"phone": "+79161234567"}')).status_code < 300
    book, load = house.app.door.cache, house.app.door.cache.load
    failures = iter([KeyError("a defect of ours"), KeyError("and again")])

    async def failing() -> Sequence[SourceRow]:
        for error in failures:
            raise error
        return await load()

    monkeypatch.setattr(book, "load", failing)
    body = {"adapter": "generic-json", "country": "RU", "enabled": False}
    answer = await house.client.put(
        f"/v1/sources/{source['source_id']}", json=body, headers=house.as_("admin")
    )
    assert answer.status_code == 200, answer.text

    async def refused() -> int:
        return (await house.hook("landing", b'{"phone": "+79161234567"}')).status_code

    await eventually(refused, seconds=15, what="it is refused", until=lambda status: status == 401)


async def test_a_door_older_than_its_tables_opens_when_they_stand(
    empty_database: DatabaseFactory, tmp_path: Path
) -> None:
    url = await empty_database("intake")
    keys = tmp_path / "keys.json"
    new_signer(keys)
    app = create_app(INTAKE, settings_for(url, keys), clock=Time())
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://intake") as client,
    ):
        early = await client.get("/health/ready")
        assert early.status_code == 503
        assert "sources" in early.json()["missing"]
        refusal = await client.post("/v1/hooks/anybody")
        assert refusal.status_code == 503
        await upgrade("intake", url)

        async def ready() -> int:
            return (await client.get("/health/ready")).status_code

        await eventually(ready, seconds=15, what="it is ready", until=lambda code: code == 200)


async def test_the_loops_of_the_api_are_in_its_health(house: House) -> None:
    assert {"door-writer", "sources", "wakeup"} <= {loop.name for loop in house.app.state.loops}
    loop = house.app.door.commits.loop
    loop.progress.beat_at -= 3600
    stalled = await house.client.get("/health/live")
    assert stalled.json() == {"live": False, "stalled": ["door-writer"], "outages": {}}
    await eventually(
        lambda: _missing(house), seconds=5, what="it beats again", until=lambda missing: not missing
    )
