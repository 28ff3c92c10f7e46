"""Timelines are walked page by page, and shown to those whom they concern."""

from services.history.handlers import apply
from shared.contracts.leads import LeadReturned
from shared.database import Database
from tests.integration.history.reading import ANNA, BORIS, CONTACT, kinds, timeline
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door


async def test_a_full_walk_gives_every_item_once(database: Database, door: Door) -> None:
    streams = EventStreams()
    at = streams.at
    for number in range(7):  # all at one moment: the id decides
        streams.inquiry(number, contact=CONTACT, received_at=at)
    await consume(database, apply, streams.events)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        answer = await door.client.get(
            f"/v1/contacts/{CONTACT}/timeline",
            params=parameters,
            headers=door.as_("admin"),
        )
        seen += [item["activity_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
        # What comes in behind the reader's place is not theirs to miss.
        earlier = EventStreams(versions=streams.versions)
        earlier.inquiry(f"new {len(seen)}", contact=CONTACT, received_at=at.replace(year=2020))
        await consume(database, apply, earlier.events)
    assert sorted(seen) == sorted(str(item.envelope.event_id) for item in streams.events)
    assert len(set(seen)) == 7


async def test_a_manager_reads_own_leads_only(database: Database, door: Door) -> None:
    streams = EventStreams()
    mine = streams.opened(1, inquiry=streams.inquiry(1, contact=CONTACT), contact=CONTACT)
    theirs = streams.opened(2, inquiry=streams.inquiry(2, contact=CONTACT), contact=CONTACT)
    streams.assigned(mine, CONTACT, ANNA)
    streams.assigned(theirs, CONTACT, BORIS)
    await consume(database, apply, streams.events)
    found = await timeline(door, "leads", mine, role="manager", manager=ANNA)
    assert "lead.assigned" in kinds(found)
    person = await timeline(door, "contacts", CONTACT, role="manager", manager=ANNA)
    assert {item["lead_id"] for item in person} == {None, str(mine)}
    assert kinds(person).count("inquiry.received") == 1
    for what, id_, manager in (
        ("leads", theirs, ANNA),
        ("leads", some_id("nothing"), ANNA),
        ("contacts", CONTACT, some_id("stranger")),
    ):
        answer = await door.client.get(
            f"/v1/{what}/{id_}/timeline", headers=door.as_("manager", manager_id=manager)
        )
        assert answer.status_code == 404, (what, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    streams.on_lead(LeadReturned, mine, CONTACT, manager_id=ANNA, epoch=1)
    await consume(database, apply, streams.events[-1:])
    answer = await door.client.get(
        f"/v1/leads/{mine}/timeline", headers=door.as_("manager", manager_id=ANNA)
    )
    assert answer.status_code == 404


async def test_roles_that_may_not_read_timelines(database: Database, door: Door) -> None:
    streams = EventStreams()
    lead = streams.opened(1, inquiry=streams.inquiry(1, contact=CONTACT), contact=CONTACT)
    await consume(database, apply, streams.events)
    for path in (f"/v1/leads/{lead}/timeline", f"/v1/contacts/{CONTACT}/timeline"):
        assert (await door.client.get(path)).status_code == 401
        for role in ("admin", "supervisor"):
            assert (await door.client.get(path, headers=door.as_(role))).status_code == 200
        for headers in (
            door.as_("ops"),
            door.as_("service"),
            door.as_("source", source_id=some_id("source")),
        ):
            assert (await door.client.get(path, headers=headers)).status_code == 403


async def test_bad_cursors_and_limits_are_named(database: Database, door: Door) -> None:
    streams = EventStreams()
    streams.inquiry(1, contact=CONTACT)
    await consume(database, apply, streams.events)
    for parameters, pointer in (
        ({"cursor": "nonsense"}, "/cursor"),
        ({"limit": "201"}, "/limit"),
        ({"limit": "0"}, "/limit"),
    ):
        answer = await door.client.get(
            f"/v1/contacts/{CONTACT}/timeline", params=parameters, headers=door.as_("admin")
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
