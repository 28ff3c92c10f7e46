"""Ad platforms: odd types, missing members, batches, tests, leads that must be fetched."""

import json
from typing import Any

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, RawRequest, Unauthenticated
from services.intake.domain.states import IgnoreReason, QuarantineReason
from tests.unit.intake.samples import JSON, only, parse, source

META = {"app_secret": "s", "verify_token": "v", "access_token": "page-token"}
HUBSPOT = {"client_secret": "s", "access_token": "t"}


def posted(value: Any, **fetched: bytes) -> RawRequest:
    return RawRequest(headers=JSON, body=json.dumps(value).encode(), fetched=fetched)


def meta(*values: dict[str, Any]) -> dict[str, Any]:
    changes = [{"field": "leadgen", "value": value} for value in values]
    return {"object": "page", "entry": [{"id": 17, "time": 1, "changes": changes}]}


def answered(**answers: str) -> list[dict[str, Any]]:
    return [{"name": name, "values": [value]} for name, value in answers.items()]


def test_meta_asks_for_each_lead_with_the_token_in_a_header_only() -> None:
    request = posted(meta({"leadgen_id": 10}, {"leadgen_id": "11"}, {"leadgen_id": 10}))
    content = parse("meta-lead-ads", request, secrets=META)
    assert content.drafts == ()
    assert [one.name for one in content.follow_ups] == ["10", "11"]
    for one in content.follow_ups:
        assert one.url.startswith(f"https://graph.facebook.com/v23.0/{one.name}?fields=")
        assert one.headers == (("Authorization", "Bearer page-token"),)
        assert "page-token" not in one.url + repr(one)


def test_meta_asks_only_for_what_is_lacking_and_then_reads_all() -> None:
    body = meta({"leadgen_id": "10"}, {"leadgen_id": "11"})
    one = json.dumps({"field_data": answered(email="a@b.example")}).encode()
    content = parse("meta-lead-ads", posted(body, **{"10": one}), secrets=META)
    assert [follow_up.name for follow_up in content.follow_ups] == ["11"]
    content = parse("meta-lead-ads", posted(body, **{"10": one, "11": b"<html>"}), secrets=META)
    assert content.follow_ups == ()
    assert [draft.contact.emails for draft in content.drafts] == [("a@b.example",), ()]
    assert [draft.external_id for draft in content.drafts] == ["10", "11"]
    assert content.external_id == "10,11"


def test_meta_takes_the_answers_that_relays_put_into_the_notification() -> None:
    lead = {
        "leadgen_id": 2**60,
        "field_data": answered(full_name="Анна", phone_number="89161234567"),
    }
    content = parse("meta-lead-ads", posted(meta(lead)), secrets=META)
    draft = only(content)
    assert draft["contact"] == {"name": "Анна", "phones": ["+79161234567"]}
    assert content.external_id == str(2**60)
    assert only(parse("meta-lead-ads", posted(lead | {"id": 5}), secrets=META))["contact"]


@pytest.mark.parametrize(
    "lead",
    [
        {"leadgen_id": "444444444444", "page_id": "444444444444", "form_id": "444444444444"},
        {"leadgen_id": "12", "page_id": 0},
        {"leadgen_id": "12", "field_data": answered(email="<test lead: dummy data for email>")},
    ],
)
def test_metas_tests_are_tests_and_never_duplicates(lead: dict[str, Any]) -> None:
    content = parse("meta-lead-ads", posted(meta(lead)), secrets=META)
    assert content.follow_ups == ()
    assert only(content)["is_test"] is True
    assert content.external_id is None


def test_meta_ignores_what_is_no_lead() -> None:
    feed = {
        "object": "page",
        "entry": [{"changes": [{"field": "feed", "value": {"item": "post"}}]}],
    }
    assert parse("meta-lead-ads", posted(feed), secrets=META).ignored is IgnoreReason.NOT_AN_INQUIRY


@pytest.mark.parametrize("lead_id", ["../me", "1?x=", "", None, [], "1/accounts"])
def test_meta_never_fetches_another_address(lead_id: Any) -> None:
    content = parse("meta-lead-ads", posted(meta({"leadgen_id": lead_id, "a": 1})), secrets=META)
    assert content.follow_ups == ()
    assert len(content.drafts) == 1


def test_google_answers_of_any_type() -> None:
    lead = {
        "lead_id": 9007199254740993123,
        "user_column_data": [
            {"column_id": "PHONE_NUMBER", "string_value": 79161234567},
            {"column_id": "CITY", "string_value": "Казань"},
            {"column_id": "WORK_PHONE", "string_value": "+7 916 123-45-68"},
            {"column_id": "какой_бюджет?", "string_value": "до 100 тыс."},
            {"column_id": None, "string_value": None}, "x", None, {},
        ],
        "campaign_id": 9007199254740993,
        "is_test": "false",
    }  # fmt: skip
    draft = only(parse("google-ads", posted(lead), secrets={"google_key": "k"}))
    assert draft["contact"] == {"phones": ["+79161234567", "+79161234568"]}
    assert draft["city"] == "Казань"
    assert draft["fields"] == {"какой_бюджет?": "до 100 тыс."}
    assert draft["campaign"]["ad"] == {"campaign_id": "9007199254740993"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"google_key": {}}', b'{"google_key":"K"}'])
def test_google_without_its_key_is_refused(body: bytes) -> None:
    with pytest.raises(Unauthenticated):
        CHANNELS["google-ads"].verify(
            RawRequest(headers=JSON, body=body), source("google-ads", secrets={"google_key": "k"})
        )


def test_googles_key_is_taken_while_the_former_one_is_valid() -> None:
    old, new = (source("google-ads", secrets={"google_key": key}) for key in ("old", "new"))
    CHANNELS["google-ads"].verify(posted({"google_key": "old"}), new, old)


@pytest.mark.parametrize("secret", ["another", "", None])
def test_vk_without_its_secret_is_refused(secret: Any) -> None:
    secrets = {"secret": "s", "confirmation": "c"}
    with pytest.raises(Unauthenticated):
        CHANNELS["vk-lead-forms"].verify(
            posted({"type": "lead_forms_new", "secret": secret}),
            source("vk-lead-forms", secrets=secrets),
        )


def test_vk_of_another_group_is_refused_where_the_group_is_configured() -> None:
    settings = {"secrets": {"secret": "s", "confirmation": "c"}, "options": {"group_id": 5}}
    channel, ours = CHANNELS["vk-lead-forms"], source("vk-lead-forms", **settings)
    channel.verify(posted({"secret": "s", "group_id": "5"}), ours)
    with pytest.raises(Unauthenticated):
        channel.verify(posted({"secret": "s", "group_id": 6}), ours)
    assert channel.handshake(posted({"type": "confirmation", "group_id": 6}), ours) is None
    assert channel.handshake(posted({"type": "confirmation", "group_id": 5}), ours) is not None


def test_vk_answers_of_any_type() -> None:
    event = {"type": "lead_forms_new", "object": {"lead_id": 1, "answers": [
        {"key": "patronymic_name", "answer": "Ивановна"}, {"key": "location", "answer": "Томск"},
        {"key": "custom_0", "question": "Что?", "answer": ["a", "b"]}, {"answer": "?"}, None,
    ]}}  # fmt: skip
    draft = only(parse("vk-lead-forms", posted(event)))
    assert draft["contact"] == {"name": "Ивановна", "middle_name": "Ивановна"}
    assert draft["city"] == "Томск"
    assert draft["fields"] == {"Что?": ["a", "b"], "": "?"}
    other = parse("vk-lead-forms", posted({"type": "message_new", "object": {}}))
    assert other.ignored is IgnoreReason.NOT_AN_INQUIRY
    with pytest.raises(ChannelError, match="unknown_shape"):
        parse("vk-lead-forms", posted({"type": "lead_forms_new", "object": None}))


def test_hubspot_reads_new_contacts_of_a_batch_only() -> None:
    events = [
        {"eventId": 1, "subscriptionId": 7, "objectId": 5, "subscriptionType": "contact.creation"},
        {"eventId": 2, "subscriptionId": 7, "objectId": 5, "subscriptionType": "contact.creation"},
        {"eventId": 3, "objectId": 6, "subscriptionType": "contact.propertyChange"},
        {"eventId": 4, "objectId": 8, "subscriptionType": "object.creation", "objectTypeId": "0-3"},
        {"eventId": 5, "objectId": 9, "subscriptionType": "object.creation", "objectTypeId": "0-1"},
    ]
    content = parse("hubspot", posted(events), secrets=HUBSPOT)
    assert [one.name for one in content.follow_ups] == ["5", "9"]
    assert content.follow_ups[0].headers == (("Authorization", "Bearer t"),)
    contact = json.dumps({"properties": {"email": "a@b.example"}}).encode()
    content = parse("hubspot", posted(events, **{"5": contact, "9": b""}), secrets=HUBSPOT)
    assert [draft.external_id for draft in content.drafts] == ["5", "9"]
    assert content.external_id == "5,9"
    ignored = parse("hubspot", posted(events[2:4]), secrets=HUBSPOT)
    assert ignored.ignored is IgnoreReason.NOT_AN_INQUIRY


def test_hubspots_workflows_send_the_contact_itself_each_time_it_does_something() -> None:
    contact = {"vid": 5, "properties": {
        "firstname": {"value": "Анна"}, "hs_google_click_id": {"value": "g"},
        "lastmodifieddate": {"value": "1700000000000"}, "hs_x": {"value": "1"}, "budget": None,
    }}  # fmt: skip
    content = parse("hubspot", posted(contact), secrets={"client_secret": "s"})
    assert content.external_id == "5:1700000000000"
    draft = only(content)
    assert draft["occurred_at"] == "2023-11-14T22:13:20Z"
    assert draft["campaign"] == {"click_ids": {"gclid": "g"}}
    assert "fields" not in draft
    flat = parse("hubspot", posted({"objectId": "5", "email": "a@b.example", "budget": 7}))
    assert flat.external_id is None
    assert only(flat)["fields"] == {"budget": 7}


def test_a_thin_notification_without_a_token_is_kept_as_it_is() -> None:
    event = {"leadGenFormResponse": "urn:li:leadGenFormResponse:abc-4", "leadAction": "CREATED"}
    draft = only(parse("linkedin-lead-gen", posted(event), secrets={"client_secret": "s"}))
    assert draft == {"channel": "form", "external_id": "abc-4"}
    deleted = parse("linkedin-lead-gen", posted({**event, "leadAction": "DELETED"}))
    assert deleted.ignored is IgnoreReason.NOT_AN_INQUIRY


def test_linkedin_answers_uuids_only_lest_it_sign_anything() -> None:
    ours = source("linkedin-lead-gen", secrets={"client_secret": "s"})
    for challenge in ("hmacsha256%3D%7B%7D", "x", "", "890e4665-4dfe-4ab1-b689-ed553bceeed0x"):
        request = RawRequest("GET", query=f"challengeCode={challenge}")
        assert CHANNELS["linkedin-lead-gen"].handshake(request, ours) is None


@pytest.mark.parametrize(
    "body",
    [
        {"entry": [{"lead_id": 7, "changes": [{"field": "email", "value": "a@b.example"}]}]},
        {"content": json.dumps({"lead_id": 7, "field_data": answered(email="a@b.example")})},
        {"entry": {"lead_id": "7", "answers": [{"name": "e-mail", "values": ["a@b.example"]}]}},
    ],
)  # fmt: skip
def test_tiktoks_shapes(body: dict[str, Any]) -> None:
    content = parse("tiktok-lead-gen", posted(body))
    assert content.external_id == "7"
    assert only(content)["contact"] == {"emails": ["a@b.example"]}


@pytest.mark.parametrize(
    "adapter", ["google-ads", "meta-lead-ads", "vk-lead-forms", "tiktok-lead-gen",
                "linkedin-lead-gen", "calendly", "webflow", "jotform"],
)  # fmt: skip
def test_what_has_no_known_member_is_kept_for_a_repair(adapter: str) -> None:
    with pytest.raises(ChannelError) as refusal:
        parse(adapter, posted({"a": None, "b": [1]}))
    assert refusal.value.reason is QuarantineReason.UNKNOWN_SHAPE
