"""Consents are recorded with their circumstances, withdrawn, and stay with the person."""

import random
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from services.intake.routes.ingest.request import kept_headers
from tests.integration.intake.harness import House, one
from tests.integration.intake.test_restoring import ANNA, BORIS, ask, put_back
from tests.integration.intake.test_splitting import done
from tests.support.event_streams import interleaved
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables, content_of

OWN = {
    "contact_consent": "SELECT * FROM contact_consent",
    "contact_refusal": "SELECT * FROM contact_refusal",
}
AGREED = {"consent": {"given": True, "purpose": "personal_data", "text_version": "v3"}}


async def record(house: House, contact_id: UUID, *, status: int = 201, **body: Any) -> Any:
    house.time.pass_(minutes=1)
    answer = await house.client.post(
        f"/v1/contacts/{contact_id}/consents", json=body, headers=house.as_("supervisor")
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def refused(house: House, contact_id: UUID) -> list[str]:
    path = f"/v1/contacts/{contact_id}/do-not-contact"
    channels: list[str] = (await house.get(path, role="supervisor"))["channels"]
    return channels


async def records(house: House, contact_id: UUID) -> list[dict[str, Any]]:
    path = f"/v1/contacts/{contact_id}/consents"
    items: list[dict[str, Any]] = (await house.get(path, role="supervisor", limit=200))["items"]
    return items


async def test_a_forms_consent_is_recorded_with_page_text_and_address(house: House) -> None:
    source = await house.source(adapter="html-form", consent_text_version="2026-01")
    fields = {
        "phone": ANNA, "lf_consent": "yes", "lf_consent_shown": "Согласен",
        "lf_page": "https://shop.example/order",
    }  # fmt: skip
    forged = {"x_leadflow_peer": "198.51.100.9", "content_type": FORM}
    answer = await house.hook(source["key"], urlencode(fields).encode(), **forged)
    assert answer.status_code == 200, answer.text
    await house.normalise()
    receipt = await house.receipt(answer)
    inquiry = await house.get(f"/v1/inquiries/{receipt['inquiry_ids'][0]}")
    assert inquiry["consent"]["ip"] == "127.0.0.1", "the door's word, not the sender's"
    row = one(await records(house, inquiry["contact_id"]))
    assert row["inquiry_id"] == inquiry["inquiry_id"]
    assert (row["source_id"], row["by"]) == (source["source_id"], None)
    event = one(await house.emitted("consent.recorded"))
    members = ("given", "text_version", "text_digest", "page_url", "ip", "contact_id")
    for name in members:
        assert row[name] == event[name], name
    assert (row["text_version"], row["page_url"]) == ("2026-01", "https://shop.example/order")
    assert len(row["text_digest"]) == 64


FORM = "application/x-www-form-urlencoded"


async def test_a_withdrawal_closes_channels_and_says_who_and_why(house: House) -> None:
    anna = await ask(house, ANNA, **AGREED)
    row = await record(house, anna, given=False, purpose="marketing", reason="asked by phone")
    assert (row["given"], row["by"], row["inquiry_id"]) == (False, "supervisor", None)
    assert [item["given"] for item in await records(house, anna)] == [False, True]
    state = await house.get(f"/v1/contacts/{anna}/do-not-contact")
    assert state["channels"] == ["all"]
    assert one(state["refusals"])["reason"] == "asked by phone"
    event = (await house.emitted("contact.changed"))[-1]
    assert (event["do_not_contact"], event["actor"]) == (["all"], "supervisor")
    assert event["details"]["phones"] == [ANNA], "what is known of them is still told"
    await record(house, anna, given=True, purpose="marketing")
    assert await refused(house, anna) == ["all"], "only a person lifts a refusal"


async def test_a_channel_is_closed_and_opened_again(house: House) -> None:
    anna = await ask(house, ANNA)
    path = f"/v1/contacts/{anna}/do-not-contact"
    for _ in range(2):
        await done(house, "PUT", f"{path}/call", reason="works at night")
        await done(house, "PUT", f"{path}/email")
    assert await refused(house, anna) == ["call", "email"]
    told = [e["do_not_contact"] for e in await house.emitted("contact.changed")]
    assert told == [None, ["call"], ["call", "email"]], "nothing new, nothing emitted"
    await done(house, "DELETE", f"{path}/call")
    await done(house, "DELETE", f"{path}/chat")
    assert await refused(house, anna) == ["email"]
    await done(house, "DELETE", f"{path}/email")
    assert (await house.emitted("contact.changed"))[-1]["do_not_contact"] == []


async def test_other_purposes_close_nothing_and_unknown_people_are_refused(house: House) -> None:
    anna = await ask(house, ANNA)
    await record(house, anna, given=False, purpose="personal_data")
    assert await refused(house, anna) == []
    await record(house, UUID(int=5), status=404, given=False)
    await record(house, anna, status=422, given=False, channels=["fax"])


async def test_merged_people_keep_both_records_and_part_with_their_own(house: House) -> None:
    anna, boris = await ask(house, ANNA, **AGREED), await ask(house, BORIS)
    await record(house, boris, given=False, channels=["email"])
    await ask(house, ANNA, BORIS)
    batch = one(await house.emitted("contact.relinked"))["batch_id"]
    for contact_id in (anna, boris):
        assert [row["given"] for row in await records(house, contact_id)] == [False, True]
        assert await refused(house, contact_id) == ["email"]
    await done(house, "DELETE", f"/v1/contacts/{anna}/do-not-contact/email")
    assert await refused(house, boris) == [], "whoever of them it was recorded for"
    await done(house, "PUT", f"/v1/contacts/{boris}/do-not-contact/call")
    await done(house, "POST", f"/v1/contact-merges/{batch}/undo")
    assert [row["given"] for row in await records(house, anna)] == [True]
    assert [row["given"] for row in await records(house, boris)] == [False]
    assert (await refused(house, anna), await refused(house, boris)) == ([], ["call"])


async def test_consents_and_refusals_come_back_from_the_events(house: House) -> None:
    tables = ("submission", "contact", "contact_point", "contact_merge", "contact_proposal")
    more = ("inquiry", "external_record", "call", "contact_consent", "contact_refusal")
    nothing = await OldTables.of(house.database, *tables, *more)
    anna, boris = await ask(house, ANNA, **AGREED), await ask(house, BORIS, **AGREED)
    await record(house, boris, given=False, reason="wrote to us")
    await done(house, "PUT", f"/v1/contacts/{anna}/do-not-contact/call")
    await done(house, "PUT", f"/v1/contacts/{anna}/do-not-contact/chat")
    await done(house, "DELETE", f"/v1/contacts/{anna}/do-not-contact/call")
    before = await content_of(house.database, OWN)
    events = await journal_events(house.database)
    await nothing.bring_back()
    for seed in range(2):
        await put_back(house, interleaved(events, random.Random(seed)), size=2)
        present = await content_of(house.database, OWN)
        for name in OWN:
            assert present[name] == before[name], name


def test_no_sender_says_who_the_visitor_is() -> None:
    headers = [(b"host", b"a"), (b"x-leadflow-peer", b"198.51.100.9")]
    assert kept_headers(headers) == b"host:a"
    assert kept_headers(headers, visitor="203.0.113.7") == b"host:a\nx-leadflow-peer:203.0.113.7"
