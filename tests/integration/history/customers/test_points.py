"""Persons by a phone in any notation, and by an address in any case."""

from services.history.handlers import apply
from shared.database import Database
from tests.integration.history.customers.customers import ONE, compute, told
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door


async def test_an_address_is_found_in_any_case_and_what_is_none_is_refused(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    streams.inquiry(1, contact=ONE)
    told(streams, ONE, emails=("ivan@mail.example",))
    await consume(database, apply, streams.events)
    await compute(database)
    headers = door.as_("supervisor")
    for path in ("/v1/contacts", "/v1/contacts/counts"):
        answer = await door.client.get(path, params={"email": "Ivan@Mail.Example"}, headers=headers)
        found = answer.json()
        assert found.get("total", len(found.get("items", ()))) == 1, answer.text
        for name, value in (("phone", "Иван"), ("phone", "123-45-67"), ("email", "ivan")):
            answer = await door.client.get(path, params={name: value}, headers=headers)
            assert answer.status_code == 422, answer.text
            assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}"]
