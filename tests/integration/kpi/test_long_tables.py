"""Tables of long lists: read part by part, and never whole in memory."""

import weakref
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from services.kpi.domain.exports.about import About
from services.kpi.routes.exports import Form
from services.kpi.use_cases import exports
from services.kpi.use_cases.exports import ReportTooLargeError
from shared.database import Database, Session
from tests.integration.kpi.company import settle
from tests.integration.kpi.test_exports import LISTS, lines, sheets, taken
from tests.integration.kpi.ways import Params
from tests.support.http_client import Door

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PART = 4
ALL = 23


class Item(BaseModel):
    model_config = ConfigDict(frozen=True)  # so that sets hold it

    contact_id: int
    name: str | None


class Listing:
    """A list of so many items, of which it knows how many are in memory whenever it is read."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.living: weakref.WeakSet[Item] = weakref.WeakSet()
        self.most = 0
        self.snapshots: set[str] = set()

    async def read(self, session: Session, after: int | None, limit: int) -> Sequence[int]:
        self.snapshots.add(await session.scalar("SELECT pg_current_snapshot()::text"))
        first = 0 if after is None else after + 1
        return range(first, min(first + limit, self.number))

    def show(self, number: int) -> Item:
        item = Item(contact_id=number, name=f"=Имя {number}")
        self.living.add(item)
        self.most = max(self.most, len(self.living))
        return item

    async def table(self, database: Database, form: Literal["csv", "xlsx"]) -> bytes:
        answer: Any = await Form(form, "en", NOW).table(
            database, About("customers"), Item, self.read, show=self.show, place=lambda one: one
        )
        return b"".join([piece async for piece in answer.body_iterator])


@pytest.fixture(autouse=True)
def _parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PART_ROWS", PART)


async def test_of_a_long_list_one_part_is_in_memory(database: Database) -> None:
    expected = [["Contact (id)", "Name"], *([str(n), f"'=Имя {n}"] for n in range(ALL))]
    listing = Listing(ALL)
    assert lines(await listing.table(database, "csv")) == expected
    assert 0 < listing.most <= PART
    assert len(listing.snapshots) == 1
    listing = Listing(ALL)
    table, about = sheets(await listing.table(database, "xlsx")).values()
    assert table == [expected[0], *([float(n), f"=Имя {n}"] for n in range(ALL))]
    assert about[1] == ["Report", "Customers"]
    assert 0 < listing.most <= PART


async def test_lists_are_the_same_in_parts_and_whole(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = await settle(database, door, seed=3, steps=90)
    customers: tuple[str, Params] = ("/v1/loyalty/customers", {})
    longest = 0
    for path, choices in (*LISTS, customers):
        asked = {**days, **choices, "format": "csv", "lang": "en"}
        if path == "/v1/spend":  # days of it are those of the invoices
            del asked["tz"]
        tables = []
        for size in (2, 10_000):
            monkeypatch.setattr(exports, "PART_ROWS", size)
            tables.append(lines(await taken(door, path, asked)))
        assert tables[0] == tables[1], path
        longest = max(longest, len(tables[0]))
    assert longest > 3 * 2, "several parts"


async def test_parts_that_end_with_the_list(database: Database) -> None:
    for number in (0, 1, PART, 2 * PART):
        assert len(lines(await Listing(number).table(database, "csv"))) == number + 1


async def test_a_list_of_too_many_rows_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_EXPORTED_ROWS", ALL - 1)
    with pytest.raises(ReportTooLargeError):
        await Listing(ALL).table(database, "csv")
    assert len(lines(await Listing(ALL - 1).table(database, "csv"))) == ALL


async def test_rows_of_other_members_are_no_part_of_a_table() -> None:
    aside = exports.Aside()
    aside.add(["One"], [["1"]])
    with pytest.raises(ValueError, match="same members"):
        aside.add(["One", "Other"], [["1", "2"]])
    aside.close()
