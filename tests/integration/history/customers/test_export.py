"""Exports of segments: whole, in pages, and harmless in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest
from python_calamine import CalamineWorkbook

from services.history.handlers import apply
from services.history.repository.segments.exports import SegmentExport
from services.history.use_cases.segments import export
from shared.database import Database, transaction
from shared.errors import UnavailableError
from tests.integration.history.customers.customers import bought, compute, new_segment, told
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door

NAMES = ["=HYPERLINK(1)", "Анна; =1+1", "Пётр", "@sum", "-1"]


async def segment_of_five(database: Database, door: Door) -> str:
    streams = EventStreams()
    for number, name in enumerate(NAMES):
        contact = some_id("contact", number)
        told(streams, contact, name=name)
        bought(streams, number, contact, 10 + number)
    await consume(database, apply, streams.events)
    await compute(database)
    segment = await new_segment(door, {"field": "first_seen", "op": "known", "value": True})
    await compute(database)
    segment_id: str = segment["segment_id"]
    return segment_id


async def fetched(door: Door, segment_id: str, form: str, **more: str) -> httpx.Response:
    answer = await door.client.get(
        f"/v1/segments/{segment_id}/export",
        params={"format": form, **more},
        headers=door.as_("supervisor"),
    )
    assert answer.status_code == 200, answer.text
    assert f'filename="segment-{segment_id}.{form}"' in answer.headers["content-disposition"]
    return answer


async def test_csv_and_xlsx_hold_every_member_once(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_AT_ONCE", 2)
    headers = door.as_("supervisor")
    body = {"name": "=Size", "type": "number"}
    await door.client.put("/v1/contact-fields/size", json=body, headers=headers)
    segment_id = await segment_of_five(database, door)
    await door.client.put(
        f"/v1/contacts/{some_id('contact', 2)}/labels",
        json={"fields": {"size": 4.5}},
        headers={**headers, "If-Match": '"0"'},
    )
    await compute(database)
    text = (await fetched(door, segment_id, "csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(row["name"] for row in rows) == sorted(
        ["'=HYPERLINK(1)", "Анна; '=1+1", "Пётр", "'@sum", "'-1"]
    )
    pyotr = next(row for row in rows if row["name"] == "Пётр")
    assert (pyotr["sums"], pyotr["'=Size"]) == ("12 RUB", "4.5")
    book = CalamineWorkbook.from_filelike(
        io.BytesIO((await fetched(door, segment_id, "xlsx")).content)
    )
    table: list[list[Any]] = book.get_sheet_by_index(0).to_python()
    assert sorted(row[1] for row in table[1:]) == sorted(NAMES)
    assert table[0][-1] == "=Size"
    assert [row[-1] for row in table if row[1] == "Пётр"] == [4.5]


async def test_headings_are_words_of_the_language(database: Database, door: Door) -> None:
    segment_id = await segment_of_five(database, door)
    for lang, names, sheet in (
        ("ru", ["Клиент (id)", "Имя"], "Клиенты"),
        ("en", ["Customer (id)", "Name"], "Contacts"),
    ):
        text = (await fetched(door, segment_id, "csv", lang=lang)).content.decode("utf-8-sig")
        heading, *rows = csv.reader(io.StringIO(text))
        assert (heading[:2], len(rows)) == (names, 5)
        content = (await fetched(door, segment_id, "xlsx", lang=lang)).content
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        assert book.sheet_names == [sheet]
        assert book.get_sheet_by_index(0).to_python()[0] == heading


async def test_more_than_a_table_takes_is_refused_before_it_begins(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment_id = await segment_of_five(database, door)
    monkeypatch.setattr(export, "MAX_IN_XLSX", 4)
    answer = await door.client.get(
        f"/v1/segments/{segment_id}/export?format=xlsx", headers=door.as_("supervisor")
    )
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("too-many-to-export")
    assert answer.json()["errors"] == [
        {"pointer": "/format", "detail": "the segment has 5 members"}
    ]
    await fetched(door, segment_id, "csv")


async def begun(database: Database, segment_id: str, door: Door) -> SegmentExport:
    async with transaction(database) as session:
        return await export.begin_export(
            session, UUID(segment_id), form="csv", actor="supervisor", now=door.clock()
        )


async def test_whose_data_an_export_takes_is_noted_before_they_leave(
    database: Database, door: Door
) -> None:
    segment_id = await segment_of_five(database, door)
    for form in ("csv", "xlsx"):
        await fetched(door, segment_id, form)
    contact_ids = [str(some_id("contact", number)) for number in range(5)]
    for contact_id in contact_ids:
        place = f"/v1/read-audit?what=segment_export&subject_id={contact_id}"
        answer = await door.client.get(place, headers=door.as_("supervisor"))
        notes = answer.json()["items"]
        assert [note["shape"]["format"] for note in notes] == ["xlsx", "csv"]
    place = f"/v1/contacts/{contact_ids[0]}/story"
    reads = (await door.client.get(place, headers=door.as_("supervisor"))).json()["reads"]
    assert [note["what"] for note in reads] == ["segment_export"] * 2
    assert {each for note in reads for each in note["subject_ids"]} == {contact_ids[0]}

    async def refuse(_contact_ids: Sequence[UUID]) -> None:
        raise UnavailableError("What is read cannot be noted now.")

    started = await begun(database, segment_id, door)
    stream = export.pieces(database, started, clock=door.clock, notice=refuse)
    assert NAMES[2] not in (await anext(stream)).decode()  # the heading
    with pytest.raises(UnavailableError):
        await anext(stream)
