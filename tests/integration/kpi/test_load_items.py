"""Each number of managers' load leads to what it counts, and stands beside the period before."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.kpi.handlers import apply
from shared.contracts.managers import ManagerStatusChanged
from shared.database import Database
from tests.integration.kpi.company import settle
from tests.integration.kpi.test_exports import lines, taken
from tests.integration.kpi.test_load import DAY, a_day, employ
from tests.integration.kpi.week import ANNA, BORIS, report
from tests.support.event_streams import MORNING, consume
from tests.support.http_client import Door
from tests.support.reader_fixtures import Reader

LOAD, COMPANY, ITEMS = (f"/v1/managers/load{end}" for end in ("", "/company", "/items"))
LEAST = 100  # numbers that are not zero
Members = dict[str, Any]


YESTERDAY = {"from": "2026-03-01", "to": "2026-03-02"}


def rows_of(report: Members) -> list[Members]:
    """Of the managers, or the one of the company."""
    rows: list[Members] = report.get("rows", [report])
    return rows


def require_changes(row: Members) -> int:
    """Compute the changes of a row again; gives how many numbers differ."""
    different = 0
    for name, change in row["changes"].items():
        pairs = zip(row["figures"][name], row["previous"][name], strict=True)
        for place, (ours, theirs) in enumerate(pairs):
            both = ours is not None and theirs is not None
            assert change["absolute"][place] == (pytest.approx(ours - theirs) if both else None)
            share = round((ours - theirs) / theirs, 4) if both and theirs else None
            assert change["relative"][place] == share
            different += ours != theirs
    return different


def counted(steps: list[Members], figures: Members) -> list[tuple[str, Members, Any]]:
    """Each number by its name and step."""
    return [
        (name, step, number)
        for name, numbers in figures.items()
        for step, number in zip(steps, numbers, strict=True)
    ]


@pytest.fixture
async def later(url: str, reader: Reader, tmp_path: Path) -> AsyncIterator[Door]:
    """The door when a company's life is over."""
    async with reader.opened(url, tmp_path, MORNING + timedelta(days=60)) as door:
        yield door


async def test_every_number_of_load_leads_to_what_it_counts(
    database: Database, later: Door
) -> None:
    days = await settle(database, later, seed=4, steps=70)
    positive = set()
    for step in ("day", "period"):
        own = await report(later, LOAD, **days, step=step)
        whole = await report(later, COMPANY, **days, step=step)
        rows = [(row["manager_id"], row["figures"]) for row in own["rows"]]
        for manager, figures in [*rows, (None, whole["figures"])]:
            for measure, part, number in counted(own["steps"], figures):
                asked = {**days, "measure": measure, "limit": "200"}
                asked |= {"manager": manager} if manager else {}
                if step != "period":
                    asked |= {"step": step, "begins_at": part["begins_at"]}
                page = await report(later, ITEMS, **asked)
                assert page["total"] == number, asked
                values = sum(item["value"] for item in page["items"])
                assert values == pytest.approx(number, rel=1e-9, abs=1e-9), asked
                if number:
                    positive.add((measure, manager, part["begins_at"]))
    assert len(positive) > LEAST
    assert len({measure for measure, *_ in positive}) >= 8


@pytest.mark.parametrize("measure", ["over_capacity_minutes", "present_minutes"])
async def test_stretches_are_the_same_in_pages_of_any_size(
    database: Database, later: Door, measure: str
) -> None:
    streams = a_day()
    for hours in (7, 1, 3, 40, 2, 2, 5, 110, 1, 4, 30, 2):
        for manager, status in ((ANNA, "away"), (BORIS, "online"), (ANNA, "busy")):
            streams.at += timedelta(hours=hours)
            turned = ManagerStatusChanged(manager_id=manager, status=status, changed_at=streams.at)
            streams.emit(turned)
            employ(streams, ANNA, hours % 4)
    await consume(database, apply, streams.events)
    asked = {"from": "2026-03-02", "to": "2026-04-20", "tz": "UTC", "measure": measure}
    whole = (await report(later, ITEMS, **asked, limit="200"))["items"]
    assert 10 < len(whole) < 200
    places = [(item["begins_at"], item["manager_id"]) for item in whole]
    assert places == sorted(places, reverse=True)
    for limit in ("1", "3"):
        page = await report(later, ITEMS, **asked, limit=limit)
        items: list[Members] = page["items"]
        while page["next_cursor"] is not None:
            page = await report(later, ITEMS, **asked, limit=limit, cursor=page["next_cursor"])
            items += page["items"]
        assert items == whole


async def test_what_a_day_counts(database: Database, door: Door) -> None:
    await consume(database, apply, a_day().events)
    asked = {**DAY, "manager": str(ANNA)}
    peak = (await report(door, ITEMS, **asked, measure="open_peak"))["items"]
    held = (await report(door, ITEMS, **asked, measure="open_average"))["items"]
    assert {item["lead_id"] for item in peak} == {item["lead_id"] for item in held}
    ends = {item["ends_at"] for item in held}
    assert ends == {"2026-03-02T10:10:00Z", None}
    assert sum(item["value"] for item in held) == pytest.approx(570 / 1080)
    (over, second) = (await report(door, ITEMS, **asked, measure="over_capacity_minutes"))["items"]
    assert (second["begins_at"], second["ends_at"]) == ("2026-03-02T09:30:00Z", over["begins_at"])
    assert (second["units"], over["units"], over["capacity"]) == (3, 2, 1)
    assert over["ends_at"] == "2026-03-02T12:10:00Z"
    hour = {"step": "hour", "begins_at": "2026-03-02T12:00:00+03:00"}
    assert (await report(door, ITEMS, **asked, measure="came", **hour))["total"] == 2
    first = await report(door, ITEMS, **asked, measure="came", limit="1")
    rest = await report(door, ITEMS, **asked, measure="came", cursor=first["next_cursor"])
    assert len({item["lead_id"] for item in first["items"] + rest["items"]}) == first["total"] == 2
    refused = await door.client.get(
        ITEMS,
        params={**asked, "measure": "came", "step": "hour", "begins_at": "2026-03-02T09:30:00Z"},
        headers=door.as_("supervisor"),
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/begins_at"
    table = lines(
        await taken(door, ITEMS, {**asked, "measure": "went", "format": "csv", "lang": "en"})
    )
    assert table[0][:3] == ["Manager (id)", "Lead (id)", "Begins (UTC)"]
    assert len(table) == 2


async def test_a_manager_sees_what_the_own_load_counts(database: Database, door: Door) -> None:
    await consume(database, apply, a_day().events)
    asked, boris = {**DAY, "measure": "capacity_average"}, door.as_("manager", manager_id=BORIS)
    own = (await door.client.get(ITEMS, params=asked, headers=boris)).json()
    assert own == await report(door, ITEMS, **asked, manager=str(BORIS))
    assert {item["manager_id"] for item in own["items"]} == {str(BORIS)}
    other = await door.client.get(ITEMS, params={**asked, "manager": str(ANNA)}, headers=boris)
    assert other.status_code == 403


@pytest.mark.parametrize("step", ["hour", "day", "period"])
async def test_load_stands_beside_the_period_before(
    database: Database, door: Door, step: str
) -> None:
    await consume(database, apply, a_day(MORNING - timedelta(days=1)).events)
    days, checked = {**DAY, "step": step}, 0
    for path in (LOAD, COMPANY):
        found = await report(door, path, **days, compare="previous")
        plain = await report(door, path, **days)
        before = await report(door, path, **days | YESTERDAY)
        for row, alone, then in zip(*map(rows_of, (found, plain, before)), strict=True):
            assert row["figures"] == alone["figures"]
            assert not {"previous", "changes"} & alone.keys()
            if step == "hour":  # of today eighteen hours have passed
                earlier = {name: numbers[:18] for name, numbers in then["figures"].items()}
                assert row["previous"] == earlier
            checked += require_changes(row)
        times = [
            [(each["begins_at"][11:], each["ends_at"][11:]) for each in found[name]]
            for name in ("steps", "previous_steps")
        ]
        assert times[0] == times[1]
        assert found["previous_steps"][-1]["ends_at"] == "2026-03-01T18:00:00Z"
    assert checked > 10


async def test_a_part_stands_beside_one_as_long(database: Database, door: Door) -> None:
    await consume(database, apply, a_day(MORNING - timedelta(days=9)).events)
    # The last of January and all of February stand beside the last of December and 30 days.
    days = {"from": "2026-01-31", "to": "2026-03-03", "tz": "UTC", "step": "month"}
    found = await report(door, COMPANY, **days, compare="previous")
    begins = [each and each["begins_at"][:10] for each in found["previous_steps"]]
    assert begins == ["2025-12-31", None, None]
    assert (found["figures"]["came"], found["previous"]["came"]) == ([0, 2, 0], [0, None, None])
    assert found["changes"]["came"]["absolute"] == [0, None, None]


async def test_a_table_of_load_shows_the_period_before(database: Database, door: Door) -> None:
    await consume(database, apply, a_day(MORNING - timedelta(days=1)).events)
    days = {**DAY, "compare": "previous"}
    for path in (LOAD, COMPANY):
        found = await report(door, path, **days)
        for lang, names in (
            ("en", ("Came", "Period before: Came", "Change: Came: by", "Change: Came: share")),
            ("ru", ("Пришло", "Период до: Пришло", "Изменение: Пришло: на сколько",
                    "Изменение: Пришло: доля")),
        ):  # fmt: skip
            heading, *cells = lines(
                await taken(door, path, {**days, "format": "csv", "lang": lang})
            )
            for row, line in zip(rows_of(found), cells, strict=True):
                change = row["changes"]["came"]
                numbers = [row["figures"], row["previous"]]
                told = [each["came"] for each in numbers] + [change["absolute"], change["relative"]]
                shown = [line[heading.index(name)] for name in names]
                assert [float(cell) if cell else None for cell in shown] == [one for (one,) in told]
