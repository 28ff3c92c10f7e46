"""A day's root shows what a chain that was written anew, hashes and all, would hide."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from services.history.domain.chains import BEGINNING, day_hash
from services.history.handlers import apply
from services.history.use_cases.chain.seal import close_day
from shared.database import Database, transaction
from tests.integration.history.reporting import CONTACT, lead_of_anna
from tests.integration.history.sealing import seal, tamper, verified
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door

DAY = MORNING.date().isoformat()
NEXT = MORNING + timedelta(days=1)


async def roots(door: Door) -> list[dict[str, Any]]:
    answer = await door.client.get("/v1/timelines/roots", headers=door.as_("ops"))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def of_day(door: Door, day: str, *, cursor: str | None = None) -> dict[str, Any]:
    answer = await door.client.get(
        f"/v1/timelines/roots/{day}/verify",
        params={"cursor": cursor} if cursor else {},
        headers=door.as_("ops"),
    )
    assert answer.status_code == 200, answer.text
    verification: dict[str, Any] = answer.json()
    return verification


async def two_days(database: Database) -> UUID:
    """A day with three links in two seals, and one with one; both are over."""
    streams, lead = lead_of_anna()
    await consume(database, apply, streams.events[:1])
    await seal(database)
    await consume(database, apply, streams.events[1:])
    await seal(database)
    later = EventStreams(versions=streams.versions, at=NEXT)
    later.inquiry(2, contact=CONTACT)
    await consume(database, apply, later.events)
    await seal(database, now=NEXT)
    for now in (NEXT, NEXT + timedelta(days=1)):
        assert await close_day(database, now=now) is not None
        assert await close_day(database, now=now) is None
    return lead


async def test_each_day_gets_one_root_which_is_logged_and_shown(
    database: Database, door: Door
) -> None:
    with capture_logs() as lines:
        await two_days(database)
    second, first = await roots(door)
    assert (first["day"], first["links"], second["links"]) == (DAY, 3, 1)
    logged = [line for line in lines if line["event"] == "chain.day_closed"]
    assert [line["root"] for line in logged] == [first["hash"], second["hash"]]
    pinned = day_hash(BEGINNING, MORNING.date(), bytes.fromhex(first["root"]))
    assert first["hash"] == pinned.hex()
    assert second["hash"] == day_hash(pinned, NEXT.date(), bytes.fromhex(second["root"])).hex()
    for day, links in ((first, 3), (second, 1)):
        answer = await of_day(door, day["day"])
        assert (answer["intact"], answer["root_kept"], answer["verified"]) == (True, True, links)
    missing = await door.client.get(
        "/v1/timelines/roots/2020-01-01/verify", headers=door.as_("ops")
    )
    assert missing.status_code == 404


async def test_nothing_is_sealed_into_a_day_that_has_its_root(
    database: Database, door: Door
) -> None:
    await two_days(database)
    streams = EventStreams(at=MORNING)
    streams.inquiry("late", contact=some_id("contact", "late"))
    await consume(database, apply, streams.events)
    await seal(database, now=MORNING)  # by a clock that was put back
    async with transaction(database) as session:
        last = await session.scalar("SELECT day FROM seal ORDER BY number DESC LIMIT 1")
    assert last == (NEXT + timedelta(days=1)).date()
    assert (await of_day(door, DAY))["intact"] is True


async def test_a_chain_that_was_written_anew_is_found_by_its_day(
    database: Database, door: Door
) -> None:
    lead = await two_days(database)
    await _write_anew(database, lead)
    assert (await verified(door, "leads", lead))["intact"] is True, "the chain fits itself"
    answer = await of_day(door, DAY)
    assert answer["intact"] is False
    assert (answer["seal"], answer["difference"]["fault"]) == (2, "changed")


async def _write_anew(database: Database, lead: UUID) -> None:
    """Put another assignment in the place of the one that was, and its link behind the others."""
    await tamper(
        database, "UPDATE timeline_entry SET event_id = uuidv7() WHERE kind = 'lead.assigned'"
    )
    await tamper(database, "DELETE FROM chain_link WHERE subject = :s AND number = 2", s=lead)
    async with transaction(database) as session:
        await session.execute(
            "INSERT INTO unsealed (event_id)"
            " SELECT event_id FROM timeline_entry WHERE kind = 'lead.assigned'"
        )
    await seal(database, now=NEXT + timedelta(days=2))
    await tamper(
        database, "UPDATE chain_link SET seal = 2 WHERE subject = :s AND number = 2", s=lead
    )


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM chain_link WHERE seal = 2 AND number = 2", "missing"),
        ("UPDATE chain_link SET seal = 1 WHERE seal = 2", "added"),
        ("UPDATE timeline_entry SET actor = 'x' WHERE kind = 'lead.opened'", "changed"),
        ("DELETE FROM timeline_entry WHERE kind = 'lead.opened'", "missing"),
    ],
)
async def test_the_end_of_a_chain_cannot_be_cut_off(
    database: Database, door: Door, statement: str, fault: str
) -> None:
    await two_days(database)
    await tamper(database, statement)
    answer = await of_day(door, DAY)
    assert (answer["intact"], answer["difference"]["fault"]) == (False, fault)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM seal WHERE number = 1",
        "UPDATE chain_day SET root = hash WHERE first_seal = 1",
        "UPDATE chain_day SET hash = root WHERE first_seal = 1",
    ],
)
async def test_roots_that_do_not_come_out_are_no_roots(
    database: Database, door: Door, statement: str
) -> None:
    await two_days(database)
    await tamper(database, statement)
    answer = await of_day(door, DAY)
    assert (answer["intact"], answer["root_kept"]) == (False, False)


async def test_a_long_day_is_verified_in_parts(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_days(database)
    monkeypatch.setattr("services.history.use_cases.chain.verify.SEALS_AT_ONCE", 1)
    first = await of_day(door, DAY)
    assert (first["verified"], first["root_kept"]) == (1, None)
    second = await of_day(door, DAY, cursor=first["next_cursor"])
    assert (second["verified"], second["root_kept"], second["next_cursor"]) == (2, True, None)
