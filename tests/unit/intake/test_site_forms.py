"""Site builders: odd types, missing members, several shapes of the same form."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.channels import CHANNELS
from services.intake.domain.requests import ChannelError, RawRequest, Unauthenticated
from services.intake.domain.states import IgnoreReason
from tests.unit.intake.samples import FORM, JSON, only, parse, source


def posted(value: Any) -> RawRequest:
    return RawRequest(headers=JSON, body=json.dumps(value).encode())


def form(**fields: str) -> RawRequest:
    return RawRequest(headers=FORM, body=urlencode(fields).encode())


def test_jotform_answers_of_several_parts() -> None:
    answers = {
        "q3_fullName3": {"prefix": "г-жа", "first": "Анна", "last": "Ким"},
        "q4_phoneNumber": {"area": "916", "phone": "1234567", "country": "7"},
        "q5_email5": "a@b.example", "q6_adress": {"city": "Томск", "addr_line1": "Мира, 1"},
        "q7_выбор": ["a", "b"], "q8_message": "Здравствуйте", "slug": "x", "event_id": "1",
        "submitDate": "1700000000000", "utm_source": "vk", "q9_empty": {},
    }  # fmt: skip
    request = form(submissionID="1", formID="2", formTitle="Заявка", rawRequest=json.dumps(answers))
    assert only(parse("jotform", request)) == {
        "channel": "form",
        "external_id": "1",
        "occurred_at": "2023-11-14T22:13:20Z",
        "contact": {
            "name": "Анна Ким", "first_name": "Анна", "last_name": "Ким",
            "phones": ["+79161234567"], "emails": ["a@b.example"],
        },
        "text": "Здравствуйте",
        "campaign": {"form_id": "2", "form_name": "Заявка", "utm_source": "vk"},
        "fields": {
            "prefix": "г-жа", "adress": {"city": "Томск", "addr_line1": "Мира, 1"},
            "выбор": ["a", "b"],
        },
    }  # fmt: skip


def test_jotform_as_its_rest_api_gives_it() -> None:
    answers = {
        "3": {"name": "n", "text": "Кто вы", "type": "control_fullname", "answer": "Анна"},
        "4": {"text": "Сообщение", "type": "control_textarea", "answer": "Да"},
        "5": {"text": "Без ответа", "type": "control_phone"},
    }
    draft = only(parse("jotform", posted({"id": "9", "form_id": "2", "answers": answers})))
    assert draft["contact"] == {"name": "Анна"}
    assert draft["text"] == "Да"


@pytest.mark.parametrize("raw", ["{", "[]", "[" * 100])
def test_jotform_with_a_broken_request_is_kept_for_a_repair(raw: str) -> None:
    with pytest.raises(ChannelError):
        parse("jotform", form(submissionID="1", rawRequest=raw))


def test_gravity_by_numbers_with_what_they_mean() -> None:
    entry = {
        "id": 5, "form_id": 2, "1.3": "Анна", "1.6": "Ким", "2": "89161234567", "3": "Томск",
        "4": "a@b.example", "5": "до 100", "6": "Позвоните", "payment_amount": "1 500,50",
        "currency": "RUB", "date_created": "2026-01-02 03:04:05",
    }  # fmt: skip
    meanings = {"1": "name", "2": "phone", "3": "city", "5": "Бюджет", "6": "text"}
    mapping = {"contact.emails": '"4"'}
    content = parse("gravity-forms", posted(entry), options={"fields": meanings}, mapping=mapping)
    assert only(content) == {
        "channel": "form",
        "external_id": "2:5",
        "occurred_at": "2026-01-02T03:04:05Z",
        "contact": {
            "name": "Анна Ким", "first_name": "Анна", "last_name": "Ким",
            "phones": ["+79161234567"], "emails": ["a@b.example"],
        },
        "text": "Позвоните",
        "campaign": {"form_id": "2"},
        "city": "Томск",
        "amount": 1500.5,
        "currency": "RUB",
        "fields": {"4": "a@b.example", "Бюджет": "до 100"},
    }  # fmt: skip


@pytest.mark.parametrize("entry_id", [None, "", "0", 0])
def test_an_entry_that_was_not_kept_is_no_duplicate(entry_id: Any) -> None:
    entry = {"id": entry_id, "entry_id": entry_id, "form_id": "2", "name": "Анна"}
    assert parse("gravity-forms", posted(entry)).external_id is None
    assert parse("wpforms", posted(entry)).external_id is None


def test_gravity_with_the_owners_own_names_and_odd_options() -> None:
    request = form(**{"Ваше имя": "Анна", "Телефон": "89161234567", "form_id": "2"})
    for options in ({}, {"fields": ["phone"]}, {"fields": {"3": None, "Телефон": 7}}):
        assert only(parse("gravity-forms", request, options=options))["contact"]["name"] == "Анна"


def test_contact_form_7_with_a_template_that_escapes_nothing() -> None:
    body = '{"your-name": "Анна", "your-message": "Первая\nвторая\tстрока", "_url": "https://a.example/"}'
    draft = only(parse("contact-form-7", RawRequest(headers=JSON, body=body.encode())))
    assert draft["text"] == "Первая\nвторая\tстрока"
    assert draft["campaign"] == {"page_url": "https://a.example/"}
    broken = b'{"your-message": "say "hi" now"}'
    with pytest.raises(ChannelError, match="bad_json"):
        parse("contact-form-7", RawRequest(headers=JSON, body=broken))


def test_contact_form_7_by_get() -> None:
    request = RawRequest("GET", query=urlencode({"your-name": "Анна", "_wpcf7": "5", "_x": "y"}))
    draft = only(parse("contact-form-7", request))
    assert draft["contact"] == {"name": "Анна"}
    assert draft["campaign"] == {"form_id": "5"}


@pytest.mark.parametrize(("value", "given"), [("on", True), ("", None), ("0", False)])
def test_elementors_acceptance_is_a_consent(value: str, given: bool | None) -> None:
    fields = {
        "form[id]": "1", "fields[a][type]": "acceptance", "fields[a][title]": "Согласен",
        "fields[a][value]": value, "fields[b][type]": "textarea", "fields[b][title]": "Что надо",
        "fields[b][value]": "Окна", "fields[c][type]": "recaptcha", "fields[c][value]": "xyz",
        "fields[name][title]": "Как вас величать", "fields[name][value]": "Анна",
    }  # fmt: skip
    draft = only(parse("elementor", form(**fields)))
    assert draft.get("consent", {}).get("given") is given
    assert draft["contact"] == {"name": "Анна"}
    assert draft["text"] == "Окна"


def test_elementor_flat_in_russian() -> None:
    fields = {
        "Имя": "Анна", "Телефон": "89161234567", "Согласие": "on", "Date": "1 мая",
        "Remote IP": "1.1.1.1", "Powered by": "Elementor", "Page URL": "https://a.example/",
    }  # fmt: skip
    draft = only(parse("elementor", form(**fields)))
    assert draft["contact"] == {"name": "Анна", "phones": ["+79161234567"]}
    assert draft["campaign"] == {"page_url": "https://a.example/"}
    assert draft["consent"] == {"given": True, "ip": "1.1.1.1"}
    assert draft["fields"] == {"Согласие": "on"}


def test_unbounce_with_a_broken_field_keeps_it() -> None:
    draft = only(parse("unbounce", form(**{"page_name": "A", "data.json": '{"email": ["a'})))
    assert draft["fields"] == {"data": '{"email": ["a'}
    assert draft["campaign"] == {"form_name": "A"}


def test_unbounce_of_several_values() -> None:
    body = {"phone_number": ["89161234567", "89161234568"], "utm_source": ["vk"],
            "checks": ["a", "b"], "date_submitted": "2023-06-06"}  # fmt: skip
    draft = only(parse("unbounce", posted(body)))
    assert draft["contact"]["phones"] == ["+79161234567", "+79161234568"]
    assert draft["campaign"] == {"utm_source": "vk"}
    assert draft["fields"] == {"checks": ["a", "b"]}
    assert draft["occurred_at"] == "2023-06-06T00:00:00Z"


def test_calendly_in_full() -> None:
    invitee = {
        "uri": "u", "name": "Анна", "email": "a@b.example",
        "text_reminder_number": "+7 916 123-45-67",
        "questions_and_answers": [{"question": "Сообщение", "answer": "Хочу окна"}, {}, None],
        "tracking": {"utm_source": "vk", "salesforce_uuid": None},
        "scheduled_event": {"name": "Замер", "start_time": "2026-01-01T10:00:00Z",
                            "location": {"type": "zoom", "join_url": "https://z.example/1"}},
        "rescheduled": False, "old_invitee": None,
    }  # fmt: skip
    content = parse("calendly", posted({"event": "invitee.created", "payload": invitee}))
    draft = only(content)
    assert content.external_id == "u"
    assert draft["contact"]["phones"] == ["+79161234567"]
    assert (draft["subject"], draft["text"]) == ("Замер", "Хочу окна")
    assert draft["campaign"] == {"utm_source": "vk"}
    assert draft["fields"]["location"] == "https://z.example/1"
    moved = {"event": "invitee.created", "payload": {**invitee, "old_invitee": "https://o"}}
    assert parse("calendly", posted(moved)).ignored is IgnoreReason.NOT_AN_INQUIRY


def test_webflows_older_shape_and_its_other_events() -> None:
    old = {
        "name": "Заявка",
        "site": "s",
        "data": {"Имя": "Анна"},
        "d": "2026-01-01T10:00:00Z",
        "_id": "i",
    }
    draft = only(parse("webflow", posted(old)))
    assert (draft["external_id"], draft["contact"]["name"]) == ("i", "Анна")
    other = parse("webflow", posted({"triggerType": "site_publish", "payload": {"data": {"a": 1}}}))
    assert other.ignored is IgnoreReason.NOT_AN_INQUIRY


def test_webflow_with_a_secret_takes_nothing_unsigned() -> None:
    CHANNELS["webflow"].verify(posted({}), source("webflow"))
    with pytest.raises(Unauthenticated):
        CHANNELS["webflow"].verify(posted({}), source("webflow", secrets={"secret": "s"}))
    with pytest.raises(Unauthenticated):
        CHANNELS["webflow"].verify_early(posted({}), source("webflow", secrets={"secret": "s"}))


def test_marquiz_and_its_mapping() -> None:
    body = {
        "answers": [{"q": "Какие окна?", "a": ["a", "b"], "t": "x"}, {"q": None, "a": "c"}, "x"],
        "contacts": {"name": "Анна", "phone": "89161234567", "text": "Жду"},
        "quiz": {"id": 7, "name": "Окна"}, "created": "2026-01-01T10:00:00+03:00", "id": "q-1",
        "extra": {"href": "https://a.example/", "utm": {"source": "vk", "yclid": "9"}, "ip": "1",
                  "cookies": {"sid": "1"}},
    }  # fmt: skip
    content = parse("marquiz", posted(body), mapping={"product_interest": "answers[0].a[1]"})
    assert content.external_id == "q-1"
    assert only(content) == {
        "channel": "form",
        "external_id": "q-1",
        "occurred_at": "2026-01-01T07:00:00Z",
        "contact": {"name": "Анна", "phones": ["+79161234567"]},
        "text": "Жду",
        "campaign": {
            "utm_source": "vk", "click_ids": {"yclid": "9"}, "page_url": "https://a.example/",
            "form_id": "7", "form_name": "Окна",
        },
        "product_interest": "b",
        "fields": {"Какие окна?": ["a", "b"], "answer": "c"},
    }  # fmt: skip


def test_wpforms_as_a_form_with_brackets() -> None:
    fields = {
        "fields[1][name]": "Имя",
        "fields[1][value]": "Анна",
        "fields[2]": "x",
        "entry_id": "3",
    }
    content = parse("wpforms", form(**fields))
    assert content.external_id == "3"
    assert only(content)["contact"] == {"name": "Анна"}
