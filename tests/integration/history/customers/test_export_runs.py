"""Exports of segments while they run: watched, ended, broken off."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from services.history.repository.cards import persons
from services.history.repository.segments import exports, segments
from services.history.use_cases.segments import export
from shared.database import Database, reading, transaction
from shared.errors import UnavailableError
from tests.integration.history.customers.customers import ANNA
from tests.integration.history.customers.test_export import begun, fetched, segment_of_five
from tests.support.event_streams import some_id
from tests.support.http_client import Door


async def exports_of(door: Door, segment_id: str) -> list[dict[str, Any]]:
    answer = await door.client.get(
        f"/v1/segments/{segment_id}/exports", headers=door.as_("supervisor")
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def noted(item: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(item[name] for name in ("format", "state", "persons", "of"))


async def _unseen(_contact_ids: Sequence[UUID]) -> None:
    """Nobody looks who is read here."""


async def test_whoever_waits_sees_how_far_an_export_is(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_AT_ONCE", 2)
    monkeypatch.setattr(export, "_NOTED_EVERY", 0)
    segment_id = await segment_of_five(database, door)
    async with reading(database) as session:
        segment = await segments.get_segment(session, UUID(segment_id))
    assert segment.member_count == 5
    started = await begun(database, segment_id, door)
    stream = export.pieces(database, started, clock=door.clock, notice=_unseen)
    assert noted((await exports_of(door, segment_id))[0]) == ("csv", "running", 0, 5)
    for number in (0, 0, 2, 4):  # a page is noted when the next one is asked for
        await anext(stream)
        assert noted((await exports_of(door, segment_id))[0]) == ("csv", "running", number, 5)
    assert [piece async for piece in stream] == []
    assert noted((await exports_of(door, segment_id))[0]) == ("csv", "done", 5, 5)
    answer = await fetched(door, segment_id, "xlsx")
    first, second = await exports_of(door, segment_id)
    assert (noted(first), second["state"]) == (("xlsx", "done", 5, 5), "done")
    assert answer.headers["export-id"] == first["export_id"]
    assert answer.headers["export-persons"] == "5"


async def test_an_export_can_be_ended(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_AT_ONCE", 2)
    monkeypatch.setattr(export, "_NOTED_EVERY", 0)
    segment_id = await segment_of_five(database, door)
    started = await begun(database, segment_id, door)
    stream = export.pieces(database, started, clock=door.clock, notice=_unseen)
    await anext(stream)
    place = f"/v1/segments/{segment_id}/exports/{started.export_id}/cancel"
    refused = await door.client.post(place, headers=door.as_("manager", manager_id=ANNA))
    assert refused.status_code == 403
    for _ in range(2):
        answer = await door.client.post(place, headers=door.as_("supervisor"))
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    await anext(stream)
    with pytest.raises(export.ExportCancelledError):
        await anext(stream)
    assert (await exports_of(door, segment_id))[0]["state"] == "cancelled"
    other = await door.client.post(
        f"/v1/segments/{segment_id}/exports/{some_id('none')}/cancel",
        headers=door.as_("supervisor"),
    )
    assert other.status_code == 404
    unknown = await door.client.get(
        f"/v1/segments/{some_id('none')}/exports", headers=door.as_("supervisor")
    )
    assert unknown.status_code == 404


async def test_an_export_that_was_ended_is_no_failure_of_ours(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment_id = await segment_of_five(database, door)

    async def cancelled(*_ignored: object, **_named: object) -> str:
        return "cancelled"

    monkeypatch.setattr(exports, "note_export", cancelled)
    with capture_logs() as lines, pytest.raises(RuntimeError):  # no server breaks it off
        await fetched(door, segment_id, "csv")
    expected = {"reason": "export-cancelled", "status": 409, "log_level": "info"}
    assert lines == [{"event": "request.ended", **expected}]


async def test_what_was_broken_off_is_stalled_and_leaves_room_for_others(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MAX_AT_ONCE", 1)
    segment_id = await segment_of_five(database, door)
    await begun(database, segment_id, door)
    refused = await door.client.get(
        f"/v1/segments/{segment_id}/export", headers=door.as_("supervisor")
    )
    assert refused.status_code == 503
    assert refused.json()["type"].endswith("exports-busy")
    assert refused.headers["retry-after"] == "30"
    async with transaction(database) as session:
        await session.execute("UPDATE segment_export SET moved_at = moved_at - interval '61 s'")
    assert (await exports_of(door, segment_id))[0]["state"] == "stalled"
    await fetched(door, segment_id, "csv")


async def test_an_export_that_cannot_go_on_has_failed(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment_id = await segment_of_five(database, door)

    async def fail(*_ignored: object, **_named: object) -> list[Any]:
        raise UnavailableError("The database cannot answer now.")

    monkeypatch.setattr(persons, "list_members", fail)
    started = await begun(database, segment_id, door)
    stream = export.pieces(database, started, clock=door.clock, notice=_unseen)
    await anext(stream)
    with pytest.raises(UnavailableError):
        await anext(stream)
    assert (await exports_of(door, segment_id))[0]["state"] == "failed"


async def test_an_outage_hides_no_fault_that_came_before_it(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment_id = await segment_of_five(database, door)

    async def fail(*_ignored: object, **_named: object) -> list[Any]:
        raise ZeroDivisionError

    async def away(*_ignored: object, **_named: object) -> str:
        raise UnavailableError("The database cannot answer now.")

    monkeypatch.setattr(persons, "list_members", fail)
    monkeypatch.setattr(exports, "note_export", away)
    started = await begun(database, segment_id, door)
    stream = export.pieces(database, started, clock=door.clock, notice=_unseen)
    await anext(stream)
    with pytest.raises(ZeroDivisionError):
        await anext(stream)
