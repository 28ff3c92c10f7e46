"""The watch over the sources: counted once, judged by the minute, and who sees what of it."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.domain.watch import SourceHealth
from services.intake.use_cases.watch import GAP, Watch
from shared.database import transaction
from shared.ids import first_id
from tests.integration.intake.harness import House

LEAD = b'{"phone": "+79161234567"}'
JSON = {"content_type": "application/json"}
FORM = {"content_type": "application/x-www-form-urlencoded"}


async def health(house: House, key: str) -> dict[str, Any]:
    items = (await house.get("/v1/source-health"))["items"]
    (one,) = [item for item in items if item["key"] == key]
    return dict(one)


async def sent(house: House, key: str, number: int) -> None:
    """So many submissions as if they had come at the present moment."""
    async with transaction(house.database) as session:
        await session.execute(
            """INSERT INTO submission (submission_id, source_id, native, body_digest, method, rest,
                query, headers, body, received_at)
            SELECT CAST(left(CAST(CAST(:first AS uuid) AS text), 24) || lpad(to_hex(n), 12, '0')
                AS uuid), source_id, false, '', 'POST', '', '', '', '', :now
            FROM source, generate_series(1, :number) AS n WHERE key = :key""",
            {"first": first_id(house.time()), "number": number, "key": key, "now": house.time()},
        )


@pytest.fixture
async def watch(house: House) -> Watch:
    await house.source(key="busy", adapter="generic-json")
    return Watch(house.database, house.time)


async def lived(house: House, watch: Watch, *, days: int) -> None:
    """Days in which twenty come every hour, and a watch that looks once an hour, then on time."""
    for _ in range(days * 24):
        await sent(house, "busy", 20)
        house.time.pass_(hours=1)
        await watch.look()
    await sent(house, "busy", 1)
    house.time.pass_(minutes=3)
    await watch.look()


async def test_every_arrival_is_counted_once(house: House, watch: Watch) -> None:
    await watch.look()
    for number in (3, 0, 4, 1):
        await sent(house, "busy", number)
        house.time.pass_(seconds=70)
        await watch.look()
        await watch.look()
    (row,) = await house.rows("SELECT sum(submissions) AS n FROM source_hour")
    assert row["n"] == 8


async def test_what_is_not_surely_committed_is_counted_later(house: House, watch: Watch) -> None:
    await watch.look()
    house.time.pass_(seconds=30)
    await sent(house, "busy", 2)
    house.time.pass_(seconds=5)
    await watch.look()
    assert await house.rows("SELECT * FROM source_hour") == []
    house.time.pass_(seconds=60)
    await watch.look()
    (row,) = await house.rows("SELECT submissions FROM source_hour")
    assert row["submissions"] == 2


async def test_a_source_that_falls_silent_is_named_and_forgiven(house: House, watch: Watch) -> None:
    assert (await health(house, "busy"))["health"] == "learning"
    await lived(house, watch, days=8)
    before = await health(house, "busy")
    assert before["health"] == "usual"
    assert before["usual_a_week"] == pytest.approx(20 * 168, rel=0.1)
    for _ in range(40):
        house.time.pass_(minutes=3)
        await watch.look()
    counts = await watch.look()
    silent = await health(house, "busy")
    assert silent["health"] == "silent"
    assert counts[SourceHealth.SILENT] == 1
    assert silent["expected_since_last"] > 20
    await sent(house, "busy", 1)
    house.time.pass_(minutes=3)
    await watch.look()
    assert (await health(house, "busy"))["health"] == "usual"


async def test_our_own_outage_is_nobodys_silence(house: House, watch: Watch) -> None:
    await lived(house, watch, days=8)
    house.time.now += GAP + timedelta(hours=12)
    await watch.look()
    assert (await health(house, "busy"))["health"] == "usual"


async def test_refusals_are_counted_until_something_is_taken(house: House, watch: Watch) -> None:
    await house.source(key="site", adapter="tilda", secrets={"api_key": "s3cret-key"})
    for _ in range(5):
        assert (await house.hook("site", b"Name=A", **FORM)).status_code == 401
    await house.hook("never-made-key", b"Name=A", **FORM)
    await house.app.door.refusals.write(house.database, clock=house.time)
    await house.app.door.refusals.write(house.database, clock=house.time)
    counts = await watch.look()
    refused = await health(house, "site")
    assert (refused["health"], refused["refusals"], counts[SourceHealth.REFUSED]) == (
        "refused",
        5,
        1,
    )
    await sent(house, "site", 1)
    house.time.pass_(minutes=1)
    await watch.look()
    forgiven = await health(house, "site")
    assert (forgiven["health"], forgiven["refusals"]) == ("learning", 0)


async def test_a_disabled_source_raises_no_alarm(house: House, watch: Watch) -> None:
    await lived(house, watch, days=8)
    answer = await house.client.delete("/v1/sources/busy", headers=house.as_("admin"))
    assert answer.status_code == 204
    for _ in range(100):
        house.time.pass_(minutes=3)
        await watch.look()
    assert (await health(house, "busy"))["health"] == "disabled"


async def test_keys_are_for_admins(house: House, watch: Watch) -> None:
    await watch.look()
    for role in ("ops", "supervisor"):
        items = (await house.get("/v1/source-health", role=role))["items"]
        assert [item["key"] for item in items] == [None, None]
