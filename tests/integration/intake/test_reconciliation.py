"""Reconciliation: quiet while all is well, loud and exact when a single row is gone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.intake.use_cases.gauges import show_counts
from services.intake.use_cases.peers import Peer
from shared.database import Database, open_database, transaction
from shared.web import problems
from shared.web.reconciliation import reconciliation_router
from shared.web.tokens import TokenKeys
from tests.integration.intake.harness import BEGIN, House
from tests.support.counted import COUNTED, make_counted
from tests.support.infrastructure import DatabaseFactory

STRANGER = UUID(int=1)


@pytest.fixture
async def elsewhere(empty_database: DatabaseFactory) -> AsyncIterator[Database]:
    """The database of a service that counts inquiries."""
    database = open_database(await empty_database("elsewhere"), service="kpi")
    async with transaction(database) as session:
        await make_counted(session)
    yield database
    await database.close()


@pytest.fixture
async def network(house: House, elsewhere: Database) -> AsyncIterator[House]:
    """Intake with one real neighbour, one that does not answer, and one without an address."""
    app = FastAPI()
    app.state.database, app.state.keys = elsewhere, TokenKeys(house.keys.public)
    app.state.clock = house.time
    problems.install(app)
    app.include_router(reconciliation_router(COUNTED))

    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    def token() -> str:
        return house.token("service")

    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as near,
        httpx.AsyncClient(transport=httpx.MockTransport(away)) as far,
    ):
        house.app.state.peers = [
            Peer("kpi", "http://kpi", near, token),
            Peer("history", "http://history", far, token),
            "routing",
        ]
        yield house


async def mirror(house: House, elsewhere: Database) -> list[UUID]:
    """Let the neighbour have heard of everything."""
    rows = await house.rows("SELECT inquiry_id, received_at FROM inquiry ORDER BY received_at")
    async with transaction(elsewhere) as session:
        await session.execute("TRUNCATE counted")
        await session.execute("INSERT INTO counted VALUES (:inquiry_id, :received_at)", rows)
    return [row["inquiry_id"] for row in rows]


async def inquiries(house: House, number: int, *, apart: timedelta) -> None:
    for _ in range(number):
        house.time.now += apart
        assert (await house.native({"channel": "form"})).status_code == 202
    await house.normalise()


async def change(database: Database, statement: str, **parameters: Any) -> None:
    async with transaction(database) as session:
        await session.execute(statement, parameters)


async def test_all_is_well(network: House, elsewhere: Database) -> None:
    await inquiries(network, 12, apart=timedelta(seconds=20))
    await mirror(network, elsewhere)
    network.time.pass_(minutes=2)
    result = await network.get("/v1/reconciliation", role="ops", whole=True)
    assert result["balanced"] is True
    assert result["difference"] == 0
    assert result["submissions"] == {
        "received": 12,
        "pending": 0,
        "normalised": 12,
        "quarantined": 0,
        "ignored": 0,
        "difference": 0,
        "fetching": 0,
        "oldest_pending_seconds": 0,
    }
    assert result["inquiries"] == {
        "promised": 12,
        "kept": 12,
        "difference": 0,
        "missing": [],
        "surplus": [],
        "minutes": [],
    }
    assert result["services"]["kpi"]["difference"] == 0
    assert result["services"]["history"]["state"] == "unreachable"
    assert result["services"]["routing"]["state"] == "not_configured"
    assert result["complete"] is False


# Where minutes, hours and days begin and end; twice at one moment.
LAST = "23:59:59.999999"
BORDERS = ("09:00", "09:07:59.999999", "09:59:59.999999", "10:00", LAST, LAST)


@pytest.mark.parametrize("place", range(len(BORDERS)))
async def test_a_planted_deletion_is_found_by_its_id(
    network: House, elsewhere: Database, place: int
) -> None:
    for border in BORDERS:
        network.time.now = datetime.combine(BEGIN.date(), time.fromisoformat(border), tzinfo=UTC)
        await inquiries(network, 1, apart=timedelta(0))
    ids = await mirror(network, elsewhere)
    network.time.pass_(minutes=2)
    await change(elsewhere, "DELETE FROM counted WHERE inquiry_id = :id", id=ids[place])
    comparison = (await network.get("/v1/reconciliation"))["services"]["kpi"]
    assert (comparison["difference"], comparison["missing"]) == (1, [str(ids[place])])
    async with transaction(network.database) as session:
        await show_counts(session)
    metrics = (await network.client.get("/metrics")).text
    assert 'leadflow_unreconciled_inquiries{check="kpi",service="intake"} 1.0' in metrics


async def test_doubles_and_strangers_are_found(network: House, elsewhere: Database) -> None:
    await inquiries(network, 5, apart=timedelta(minutes=1))
    ids = await mirror(network, elsewhere)
    network.time.pass_(minutes=2)
    double = "INSERT INTO counted SELECT * FROM counted WHERE inquiry_id = :id"
    await change(elsewhere, double, id=ids[0])
    swap = "UPDATE counted SET inquiry_id = :stranger WHERE inquiry_id = :id"
    await change(elsewhere, swap, stranger=STRANGER, id=ids[2])
    comparison = (await network.get("/v1/reconciliation"))["services"]["kpi"]
    assert comparison["doubled"] == [str(ids[0])]
    assert comparison["missing"] == [str(ids[2])]
    assert comparison["surplus"] == [str(STRANGER)]
    assert comparison["difference"] == 3


async def test_an_old_difference_is_found_by_the_whole_look_and_not_forgotten(
    network: House, elsewhere: Database
) -> None:
    await inquiries(network, 3, apart=timedelta(minutes=1))
    ids = await mirror(network, elsewhere)
    await change(elsewhere, "DELETE FROM counted WHERE inquiry_id = :id", id=ids[1])
    network.time.pass_(days=40)
    assert (await network.get("/v1/reconciliation"))["services"]["kpi"]["difference"] == 0
    whole = await network.get("/v1/reconciliation", whole=True)
    assert whole["services"]["kpi"]["missing"] == [str(ids[1])]
    network.time.pass_(minutes=1)
    assert (await network.get("/v1/reconciliation"))["services"]["kpi"]["difference"] == 1
    await mirror(network, elsewhere)
    network.time.pass_(minutes=1)
    assert (await network.get("/v1/reconciliation"))["services"]["kpi"]["difference"] == 0


async def test_a_late_inquiry_in_a_minute_that_was_compared(
    network: House, elsewhere: Database
) -> None:
    await inquiries(network, 3, apart=timedelta(minutes=1))
    ids = await mirror(network, elsewhere)
    network.time.pass_(hours=5)
    assert (await network.get("/v1/reconciliation"))["difference"] == 0
    await change(
        elsewhere,
        "INSERT INTO counted SELECT :id, received_at FROM counted WHERE inquiry_id = :other",
        id=STRANGER,
        other=ids[1],
    )
    comparison = (await network.get("/v1/reconciliation"))["services"]["kpi"]
    assert (comparison["difference"], comparison["surplus"]) == (1, [str(STRANGER)])
    await change(elsewhere, "DELETE FROM counted WHERE inquiry_id = :id", id=STRANGER)
    assert (await network.get("/v1/reconciliation"))["difference"] == 0


async def test_a_door_whose_clock_is_ahead_raises_no_alarm_and_hides_nothing(
    network: House,
) -> None:
    network.time.pass_(minutes=10)
    await inquiries(network, 1, apart=timedelta(0))
    network.time.pass_(minutes=-10)
    assert (await network.get("/v1/reconciliation"))["difference"] == 0
    network.time.pass_(minutes=12)
    assert (await network.get("/v1/reconciliation"))["services"]["kpi"]["difference"] == 1


async def test_what_is_younger_than_the_grace_may_be_unknown(
    network: House, elsewhere: Database
) -> None:
    await inquiries(network, 2, apart=timedelta(minutes=5))
    await mirror(network, elsewhere)
    await network.source(key="gen", adapter="generic-json")
    await network.hook("gen", b"{")
    await network.normalise()
    network.time.pass_(minutes=10)
    await network.client.post("/v1/submissions/renormalise", json={}, headers=network.as_("admin"))
    late = await network.rows("SELECT submission_id FROM submission WHERE state = 'pending'")
    assert len(late) == 1
    result = await network.get("/v1/reconciliation")
    assert result["submissions"]["pending"] == 1
    assert result["submissions"]["oldest_pending_seconds"] == 600
    await network.normalise()
    await network.client.post(
        f"/v1/submissions/{late[0]['submission_id']}/repair",
        json={"body": '{"name":"A"}'},
        headers=network.as_("admin"),
    )
    await network.normalise()
    assert (await network.get("/v1/reconciliation"))["services"]["kpi"]["difference"] == 0
    network.time.pass_(seconds=31)
    assert (await network.get("/v1/reconciliation"))["services"]["kpi"]["difference"] == 1


async def test_a_lost_row_of_our_own_is_found(network: House, elsewhere: Database) -> None:
    await inquiries(network, 3, apart=timedelta(seconds=1))
    await network.get("/v1/reconciliation")
    rows = await network.rows("DELETE FROM inquiry RETURNING inquiry_id")
    result = await network.get("/v1/reconciliation")
    assert result["inquiries"]["difference"] == 3
    assert result["inquiries"]["missing"] == sorted(str(row["inquiry_id"]) for row in rows)
    assert result["balanced"] is False


async def test_a_lost_submission_is_found(network: House) -> None:
    await inquiries(network, 3, apart=timedelta(seconds=1))
    await network.get("/v1/reconciliation")
    await network.change("DELETE FROM inquiry")
    await network.change("DELETE FROM submission")
    counts = (await network.get("/v1/reconciliation"))["submissions"]
    assert (counts["received"], counts["normalised"], counts["difference"]) == (3, 0, 3)


async def test_the_latest_result_is_shown_without_computing(network: House) -> None:
    first = await network.get("/v1/reconciliation")
    network.time.pass_(minutes=3)
    assert await network.get("/v1/reconciliation", latest=True) == first
    assert (await network.get("/v1/reconciliation"))["computed_at"] != first["computed_at"]
