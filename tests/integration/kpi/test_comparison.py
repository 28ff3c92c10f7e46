"""Every report beside the period before: the same figures, and by how much each differs."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from shared.database import Database
from tests.integration.kpi.company import settle
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.ways import REPORTS
from tests.integration.kpi.week import a_week, report
from tests.support.event_streams import consume
from tests.support.http_client import Door

WAITS = tuple(
    ("/v1/response-times/distribution", {"step": "owner", "group_by": group_by})
    for group_by in ("channel", "day")
)
LEAST = 200  # changes that were computed again
Members = dict[str, Any]


async def test_every_report_stands_beside_the_period_before(database: Database, door: Door) -> None:
    days = await settle(database, door, seed=2, steps=90)
    first, end = date.fromisoformat(days["from"]), date.fromisoformat(days["to"])
    middle = first + (end - first) // 2
    now = {**days, "from": str(middle), "to": str(middle + (middle - first))}
    checked = 0
    for path, choices in (*REPORTS, *WAITS):
        compared = await report(door, path, **now, **choices, compare="previous")
        earlier = await report(door, path, **{**days, "to": str(middle)}, **choices)
        rows = [*compared.get("rows", ()), compared.get("totals", compared)]
        checked += sum(map(_require_changes, rows))
        if path != "/v1/conversions/curve" and not _by_time(choices):
            befores = [row["previous"] for row in compared["rows"]]
            alike = [_like(row, befores[0]) for row in earlier["rows"]]
            assert _told(befores) == _told(alike), (path, choices)
        if "totals" in compared:
            before = compared["totals"]["previous"]
            assert before == _like(earlier["totals"], before), path
    assert checked > LEAST


def _by_time(choices: dict[str, str]) -> bool:
    return bool({"day", "week", "month"} & set(choices.get("group_by", "").split(",")))


def _like(row: Members, figures: Members) -> Members:
    own = row.get("figures", row)
    return {name: own[name] for name in figures}


def _told(figures: list[Members]) -> list[str]:
    """Those with something in them, in an order of their own."""
    return sorted(
        str(sorted(each.items())) for each in figures if any(value for _, value in _numbers(each))
    )


def _require_changes(row: Members) -> int:
    """Compute the changes of a row again; gives how many there are."""
    before = row.get("previous")
    if before is None:
        assert row.get("changes") is None
        return 0
    now = dict(_numbers(_like(row, before)))
    then = dict(_numbers(before))
    for name, change in row["changes"].items():
        ours, theirs = now.get(name, 0), then.get(name, 0)
        if change["absolute"] is None:
            assert ours is None or theirs is None or "cost" in name
            continue
        assert change["absolute"] == pytest.approx(ours - theirs)
        if theirs:
            relative = (ours - theirs) / abs(theirs)
            assert change["relative"] == pytest.approx(relative, abs=1e-4)
        else:
            assert change["relative"] is None
    assert {*now, *then} <= row["changes"].keys()
    return len(row["changes"])


def _numbers(members: Members, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in members.items():
        if isinstance(value, dict) and "missing" in value:
            yield f"{path}{name}", value["value"]
        elif isinstance(value, dict):
            yield from _numbers(value, f"{path}{name}.")
        elif name not in {"spend", "activity", "bins"}:  # which may be none at all
            yield f"{path}{name}", value


async def test_parts_of_another_length_are_not_compared(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_week().events)
    asked = {"from": "2026-02-27", "to": "2026-03-31", "tz": "UTC", "compare": "previous"}
    for path in ("/v1/funnel", "/v1/conversions", "/v1/sales"):
        (row,) = (await report(door, path, **asked, group_by="month"))["rows"]
        assert (row["previous"], row["changes"]) == (None, None), path
        rows = (await report(door, path, **asked, group_by="day"))["rows"]
        assert rows[0]["previous"] is not None


async def test_there_is_no_period_before_the_first(door: Door) -> None:
    asked = {"from": "1970-01-05", "to": "1971-01-05", "tz": "UTC", "compare": "previous"}
    for path, choices in REPORTS:
        answer = await door.client.get(
            path, params={**asked, **choices}, headers=door.as_("supervisor")
        )
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == "/from"
