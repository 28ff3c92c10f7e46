"""A timeline by kind, actor, channel and period, in both orders, page by page."""

from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from services.history.handlers import apply
from services.history.repository import timeline_items
from services.history.schemas.timelines import MAX_CHOSEN
from services.history.use_cases import timelines
from shared.contracts.inquiries import CallObserved, InquiryUpdated
from shared.contracts.inquiry import Call
from shared.database import Database
from tests.integration.history.reporting import ANNA, CONTACT, lead_of_anna
from tests.support.event_streams import MORNING, consume, some_id
from tests.support.http_client import Door

RECORDING = "https://exchange.example/records/7"
Items = list[dict[str, Any]]


@pytest.fixture
async def lead(database: Database, door: Door) -> UUID:
    """Two inquiries, one of them a call whose recording came late, a call, and two reports."""
    streams, lead_id = lead_of_anna()
    call = Call(direction="incoming", outcome="answered", talk_seconds=63, employee="12")
    inquiry = streams.inquiry("call", contact=CONTACT, channel="call", call=call)
    streams.emit(
        InquiryUpdated(
            inquiry_id=inquiry,
            contact_id=CONTACT,
            changed_at=streams.at,
            changes={"call": {"talk_seconds": 63, "recording_url": RECORDING}},
        )
    )
    streams.emit(
        CallObserved(
            observation_id=some_id("observed"),
            contact_id=CONTACT,
            source_id=some_id("exchange"),
            occurred_at=streams.at,
            received_at=streams.at,
            call=Call(direction="outgoing", outcome="no_answer"),
        )
    )
    await consume(database, apply, streams.events)
    for kind, facts in (("mail", {}), ("call", {"recording_url": RECORDING, "call": "said"})):
        answer = await door.client.post(
            "/v1/activities",
            json={"lead_id": str(lead_id), "kind": kind, "facts": facts},
            headers=door.as_("manager", manager_id=ANNA),
        )
        assert answer.status_code == 201
    return lead_id


async def items(door: Door, path: str, **params: Any) -> Items:
    """All pages of a timeline."""
    found: Items = []
    while True:
        answer = await door.client.get(path, params=params, headers=door.as_("supervisor"))
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return found
        params["cursor"] = answer.json()["next_cursor"]


def ids(found: Items) -> list[str]:
    return [item["activity_id"] for item in found]


async def test_every_choice_is_what_the_whole_timeline_holds_of_it(door: Door, lead: UUID) -> None:
    path = f"/v1/contacts/{CONTACT}/timeline"
    everything = await items(door, path)
    assert len(everything) == 8
    moments = sorted({item["at"] for item in everything})
    periods = [{}, {"from": moments[2]}, {"to": moments[4]}, {"from": moments[1], "to": moments[3]}]
    choices: list[dict[str, Any]] = [
        {},
        {"kind": "inquiry.received"},
        {"kind": ["call.observed", "activity.recorded"]},
        {"actor": "customer"},
        {"actor": f"manager:{ANNA}", "kind": "activity.recorded"},
        {"channel": "call"},
        {"channel": ["email", "form"]},
        {"kind": "purchase.recorded"},
    ]
    for choice, period, limit in product(choices, periods, (2, 50)):
        wanted = [item for item in everything if _is_wanted(item, choice, period)]
        found = await items(door, path, **choice, **period, limit=limit)
        assert ids(found) == ids(wanted), (choice, period)
        newest = await items(door, path, **choice, **period, limit=limit, order="newest")
        assert ids(newest) == ids(wanted)[::-1], (choice, period)


def _is_wanted(item: dict[str, Any], choice: dict[str, Any], period: dict[str, str]) -> bool:
    return all(
        item[name] in ([value] if isinstance(value, str) else value)
        for name, value in choice.items()
    ) and period.get("from", "") <= item["at"] < period.get("to", "9")


async def test_a_call_and_its_recording_are_seen_at_once(door: Door, lead: UUID) -> None:
    found = await items(door, f"/v1/leads/{lead}/timeline")
    assert [item["channel"] for item in found if item["kind"] == "activity.recorded"] == [
        "email",
        "call",
    ]
    assert found[-1]["recording_url"] == RECORDING, "as a manager reported it"
    assert found[-1]["call"] is None
    called = await items(door, f"/v1/contacts/{CONTACT}/timeline", channel="call")
    assert [(item["kind"], item["call"] and item["call"]["outcome"]) for item in called] == [
        ("inquiry.received", "answered"),
        ("call.observed", "no_answer"),
        ("activity.recorded", None),
    ]
    (late,) = await items(door, f"/v1/contacts/{CONTACT}/timeline", kind="inquiry.updated")
    assert (late["recording_url"], late["call"]["talk_seconds"]) == (RECORDING, 63)


async def test_many_leads_inquiries_and_contacts_are_read_as_few_are(
    door: Door, lead: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"/v1/leads/{lead}/timeline", f"/v1/contacts/{CONTACT}/timeline"]
    readers = [door.as_("supervisor"), door.as_("manager", manager_id=ANNA)]
    choices = [{}, {"kind": "lead.assigned"}, {"channel": "form", "order": "newest"}]

    async def everything() -> list[Any]:
        answers = [
            await door.client.get(path, params=choice, headers=headers)
            for path, headers, choice in product(paths, readers, choices)
        ]
        return [answer.json()["items"] for answer in answers]

    few = await everything()
    assert all(few)
    monkeypatch.setattr(timeline_items, "_FEW", 0)
    assert await everything() == few, "gathered"
    for name in ("MANY_LEADS", "MANY_INQUIRIES"):
        monkeypatch.setattr(timelines, name, 0)
    assert await everything() == few, "gathered among the person's contacts"
    monkeypatch.undo()
    for name in ("MANY_LEADS", "MANY_INQUIRIES"):
        monkeypatch.setattr(timelines, name, 0)
    assert await everything() == few, "walked through the person's contacts"
    monkeypatch.setattr(timeline_items, "MANY_LEADS", 0)
    assert await everything() == few, "as of many leads"


async def test_choices_are_bounded(door: Door, lead: UUID) -> None:
    refused: list[dict[str, Any]] = [
        {"kind": ["call.observed"] * (MAX_CHOSEN + 1)},
        {"channel": "x" * 101},
        {"order": "sideways"},
        {"from": "yesterday"},
        {"from": (MORNING - timedelta(hours=1)).replace(tzinfo=None).isoformat()},
        {"limit": 0},
        {"cursor": "x"},
        {"actor": "a\0b"},
    ]
    for params in refused:
        answer = await door.client.get(
            f"/v1/leads/{lead}/timeline", params=params, headers=door.as_("supervisor")
        )
        assert answer.status_code == 422, params


@pytest.mark.parametrize("kinds", ["nothing", ["call.observed", "manager.changed"], "", "call"])
async def test_a_kind_that_no_timeline_has_is_refused(door: Door, lead: UUID, kinds: Any) -> None:
    for path in (f"/v1/leads/{lead}/timeline", f"/v1/contacts/{CONTACT}/timeline"):
        answer = await door.client.get(path, params={"kind": kinds}, headers=door.as_("supervisor"))
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "/kind"
        assert "activity.recorded, call.observed" in error["detail"]
