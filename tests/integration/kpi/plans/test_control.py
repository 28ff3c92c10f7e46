"""Plan against fact, live: by every axis, with cancellations and with what nobody planned."""

from datetime import UTC, datetime

import pytest

from shared.database import Database
from tests.integration.kpi.plans.planning import a_version, get, orders, put
from tests.integration.kpi.spring import bought, cancelled, person
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door

YEAR = {
    "first_month": "2026-01",
    "months": 3,
    "start": {
        "kind": "values", "region": ["Москва", "Омск"], "product": ["чай"], "party": [""],
        "seller": [""],
    },
}  # fmt: skip


async def test_facts_stand_beside_the_plan(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    version = await a_version(door, **YEAR)
    await put(door, version, 1, 300, node={"region": "Москва"})
    await put(door, version, 2, 66, node={"region": "Омск", "month": "2026-03"})
    # It is the first working day of March: of January and February all is due, of March nothing.
    found = await get(door, f"{version}/control", axis="region")
    assert found["totals"] == {
        "plan": 366, "fact": 221.02, "difference": -144.98, "due": 200, "attainment": 0.6039,
        "pace": 1.1051, "days_left": 21, "required": 6.9, "days_by": "country", "country": "RU",
    }  # fmt: skip
    moscow, omsk = found["items"]
    assert (moscow["value"], moscow["figures"]["fact"]) == ("Москва", 221.02)
    assert (omsk["value"], omsk["figures"]["fact"], omsk["figures"]["required"]) == (
        "Омск",
        0,
        3.14,
    )
    months = (await get(door, f"{version}/control", axis="month", product="чай"))["items"]
    assert [(one["value"], one["figures"]["fact"]) for one in months] == [
        ("2026-01", 110.01),
        ("2026-02", 111.01),
        ("2026-03", 0),
    ]
    for axis, values in (
        ("product", ["чай"]), ("party", [""]), ("seller", [""]),
        ("nature", ["guaranteed", "planned"]),
    ):  # fmt: skip
        items = (await get(door, f"{version}/control", axis=axis))["items"]
        assert [one["value"] for one in items] == values
        assert sum(one["figures"]["fact"] for one in items) == 221.02
    node = {"nature": "guaranteed", "month": "2026-02", "seller": "", "party": ""}
    assert (await get(door, f"{version}/control", **node))["totals"]["fact"] == 111.01
    quantity = await get(door, f"{version}/control", measure="quantity")
    assert quantity["totals"]["fact"] == 2


async def test_what_is_cancelled_counts_no_more_and_the_unplanned_is_shown(
    database: Database, door: Door
) -> None:
    streams = orders()
    cancelled(streams, "tea 11", person(0))
    await consume(database, apply_and_tell, streams.events)
    start = {**YEAR["start"], "region": ["Омск"]}  # type: ignore[dict-item]
    version = await a_version(door, **{**YEAR, "start": start})
    found = await get(door, f"{version}/control", axis="region")
    assert [(one["value"], one["is_planned"]) for one in found["items"]] == [
        ("Москва", False),
        ("Омск", True),
    ]
    assert found["totals"]["fact"] == 110.01
    first = await get(door, f"{version}/control", axis="region", limit=1)
    rest = await get(door, f"{version}/control", axis="region", cursor=first["next_cursor"])
    assert [one["value"] for one in (*first["items"], *rest["items"])] == ["Москва", "Омск"]


@pytest.mark.parametrize("path", ["control", "bridge"])
async def test_pages_go_on_behind_the_longest_names(
    database: Database, door: Door, path: str
) -> None:
    longest = [letter * 200 for letter in ("А", "\U0001f343")]
    start = {**YEAR["start"], "region": longest}  # type: ignore[dict-item]
    version = await a_version(door, **{**YEAR, "start": start})
    cursor: dict[str, str | None] = {}
    values = []
    for _ in longest:
        page = await get(door, f"{version}/{path}", axis="region", limit=1, **cursor)
        values += [one["value"] for one in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert (values, cursor) == (longest, {"cursor": None})


async def test_months_that_are_over_have_a_score(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    version = await a_version(door, **YEAR)
    await put(door, version, 1, 100, node={"region": "Москва", "month": "2026-01"})
    await put(door, version, 2, 100, node={"region": "Омск", "month": "2026-01"})
    items = (await get(door, f"{version}/quality", axis="region"))["items"]
    assert items == [
        {
            "month": "2026-01", "plan": 200, "fact": 110.01, "error": 0.55, "bias": -0.45,
            "score": 0.45,
        },
        {
            "month": "2026-02", "plan": 0, "fact": 111.01, "error": None, "bias": None,
            "score": None,
        },
    ]  # fmt: skip
    (one, _) = (await get(door, f"{version}/quality"))["items"]
    assert one["error"] == 0.45


async def test_an_axis_that_the_node_has_is_named(door: Door) -> None:
    version = await a_version(door)
    answer = await door.client.get(
        f"{version}/control",
        params={"axis": "month", "month": "2027-01"},
        headers=door.as_("supervisor"),
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/axis"


async def test_a_bridge_adds_up_to_the_difference(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    version = await a_version(door, **YEAR)
    deeds = (
        ("revenue", 300, "2026-01"), ("quantity", 3, "2026-01"),
        ("revenue", 100, "2026-02"), ("quantity", 1, "2026-02"),
    )  # fmt: skip
    for revision, (measure, value, month) in enumerate(deeds, start=1):
        node = {"region": "Москва", "month": month}
        await put(door, version, revision, value, node=node, measure=measure)
    found = await get(door, f"{version}/bridge", axis="region")
    assert found["months"] == ["2026-01", "2026-02"]
    # Two sales instead of four, at 10.01 and 11.01 more than the planned 100.
    assert found["whole"] == {
        "plan": 400, "fact": 221.02, "difference": -178.98, "volume": -200, "conversion": None,
        "timing": 0, "mix": 0, "check": 21.02,
    }  # fmt: skip
    moscow, omsk = found["items"]
    assert moscow["bridge"]["difference"] == -178.98
    assert omsk["bridge"]["difference"] == 0


async def test_leads_tell_volume_from_conversion(database: Database, door: Door) -> None:
    streams = EventStreams()
    for year, leads, sales in ((2025, 4, 1), (2026, 6, 3)):
        streams.at = datetime(year, 1, 12, 9, tzinfo=UTC)
        for number in range(leads):
            name, contact = f"{year} {number}", person(number)
            inquiry = streams.inquiry(name, contact=contact, region="Москва")
            streams.opened(name, inquiry=inquiry, contact=contact)
        for number in range(sales):
            bought(streams, f"{year} {number}", person(number), 100, region="Москва")
    await consume(database, apply_and_tell, streams.events)
    version = await a_version(door, **YEAR)
    for revision, (measure, value) in enumerate((("revenue", 200), ("quantity", 2)), start=1):
        await put(door, version, revision, value, measure=measure, node={"month": "2026-01"})
    # A lead in four was sold a year before: six of them would have made 1.5 of the 2 sales.
    whole = (await get(door, f"{version}/bridge"))["whole"]
    assert (whole["difference"], whole["volume"], whole["conversion"]) == (100, -50, 150)
    moscow = await get(door, f"{version}/bridge", region="Москва", axis="party")
    assert moscow["whole"]["conversion"] is not None
    planned = await get(door, f"{version}/bridge", nature="planned")
    assert planned["whole"]["conversion"] is None


async def test_a_bridge_of_what_is_still_to_come_is_empty(door: Door) -> None:
    version = await a_version(door)
    found = await get(door, f"{version}/bridge", axis="region")
    assert (found["months"], found["items"], found["whole"]["difference"]) == ([], [], 0)


async def test_holidays_of_a_country_bring_nothing(door: Door) -> None:
    version = await a_version(door, **YEAR)
    await put(door, version, 1, 2100, node={"region": "Москва", "month": "2026-03"})
    # Of 22 Mondays to Fridays one is the day off for the 8th of March.
    for params in ({"country": "RU"}, {}):
        totals = (await get(door, f"{version}/control", month="2026-03", **params))["totals"]
        assert (totals["days_left"], totals["required"]) == (21, 100)
    answer = await door.client.get(
        f"{version}/control", params={"country": "XX"}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/country"
