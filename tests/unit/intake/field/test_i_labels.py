"""What a field asks for, by whatever name a form gives it; and values that no name explains."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.channels.parsing.draft import DraftBuilder, add, build
from services.intake.channels.parsing.escapes import unescaped
from services.intake.domain import label_parts, labels
from services.intake.domain.requests import RawRequest
from tests.unit.intake.samples import FORM, JSON, only, parse, source

TABLE: dict[str | None, list[str]] = {
    "phone": [
        "contact[phone]", "fields[phone]", "contact.phone", "Contact/Phone", "form_fields[phone]",
        "fields[phone][value]", "fields[phone][raw_value]", "phone[]", "phones[0]", "phone.0.value",
        "lead[contact][phone]", "data.attributes.phone", "q3_phoneNumber[full]", "q5_phone",
        "user_phone", "userPhone", "contactPhone", "contact_phone", "phoneNumber", "phone_number",
        "PhoneNumber", "yourPhone", "your-phone", "your_phone", "customerPhone", "customer.phone",
        "billing_phone", "tel-123", "field_phone", "form-phone", "et_pb_contact_phone_0",
        "input_phone", "phone_field", "phone-2", "mobileNumber", "mobile_phone", "Cell phone",
        "Contact number", "Daytime phone", "WhatsApp", "Phone *", "Phone (required)", "Phone:",
        "Your phone number", "Please enter your phone number", "What is your mobile number?",
        "Телефон *", "Телефон:", "Телефон (обязательно)", "Ваш телефон", "Номер телефона",
        "Ваш номер телефона", "Телефон для связи", "Контактный телефон для связи", "Моб. телефон",
        "Моб. тел.", "Тел.", "Сотовый", "Сотовый телефон", "Номер мобильного телефона",
        "Укажите ваш телефон", "Введите номер телефона", "Оставьте телефон", "Телефон/WhatsApp",
        "Телефон (WhatsApp)", "Рабочий телефон", "Ваш номер", "телефон клиента", "Номер телефону",
    ],
    "email": [
        "contact[email]", "fields[email][value]", "user_email", "userEmail", "your-email",
        "email-456", "customer.email", "EmailAddress", "et_pb_contact_email_0", "billing_email",
        "E-mail *", "Your e-mail address", "Электронный адрес", "Эл. почта", "Ваш e-mail",
        "Адрес эл. почты", "Почта для связи", "Рабочая почта", "Имейл", "mail",
    ],
    "name": [
        "your-name", "contact[name]", "fields[name][value]", "form_fields[name]", "user_name",
        "customerName", "contact_name", "Имя и фамилия", "Фамилия Имя Отчество", "Ваше имя *",
        "Контактное лицо", "Как вас называть", "FullName", "billing[full_name]",
    ],
    "first_name": ["first_name", "contact.first_name", "contactFirstName", "name[first]", "fname"],
    "last_name": ["lastName", "name[last]", "billing_last_name", "Фамилия"],
    "text": ["your-message", "form_fields[message]", "contact.message", "Ваш вопрос", "Message *"],
    "utm_source": ["fields[utm_source]", "utm[source]", "data.utm_source"],
    "point": ["Телефон или e-mail", "Email or phone", "Телефон / почта"],
    None: [
        "company phone", "company_phone", "companyPhone", "company[phone]", "phone of the company",
        "phone model", "phoneModel", "phone_model", "phone[model]", "телефон друга",
        "модель телефона", "Телефон руководителя", "телефон компании", "friend_phone",
        "friend[phone]", "manager.phone", "shop_email", "recipient_phone", "shipping_phone",
        "emergency_phone", "referrer.email", "fields[phone][title]", "fields[phone][type]",
        "phone_type", "phone_code", "phone_verified", "email_confirmed", "has_phone", "номер",
        "номер заказа", "номер договора", "form_name", "formName", "form[name]", "page_name",
        "product_name", "product[name]", "file[name]", "data[0][name]", "fields[2][name]",
        "lead_name", "username", "childName", "data[0][value]", "input_3", "field_7f3a2b",
        "почтовый адрес", "адрес", "name of product", "from", "to",
    ],
}  # fmt: skip
MEANINGLESS = [
    "data[0][value]", "input_3", "input-1.2", "field_7f3a2b", "q3", "q12_input", "fields[2]", "a",
    "wpforms[fields][4]", "1", "0", "item.0.value", "answers[1]", "form[field][3]", "text_1",
    "value", "Вопрос 3", "",
]  # fmt: skip
TELLING = [
    "company phone", "phone model", "телефон друга", "ИНН", "order", "tracking", "номер",
    "order_id", "sum", "fields[inn]", "account", "Паспорт", "utm_custom", "manager",
]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "sense"), [(label, sense) for sense, group in TABLE.items() for label in group]
)
def test_what_a_label_asks_for(label: str, sense: str | None) -> None:
    assert labels.meaning(label) == sense


@pytest.mark.parametrize("label", MEANINGLESS)
def test_labels_that_tell_nothing(label: str) -> None:
    assert label_parts.is_meaningless(label)


@pytest.mark.parametrize("label", TELLING)
def test_labels_that_tell_something_else(label: str) -> None:
    assert not label_parts.is_meaningless(label)


def read(values: dict[str, Any], **particulars: Any) -> dict[str, Any]:
    request = RawRequest(headers=JSON, body=json.dumps(values).encode())
    return only(parse("generic-json", request, **particulars))


def test_a_form_with_paths_for_labels() -> None:
    pairs = {
        "contact[name]": "Зоя",
        "contact[phone]": "8 916 010-20-31",
        "fields[email][value]": "zoya@example.com",
        "fields[phone][title]": "Телефон",
        "form[name]": "Обратный звонок",
    }
    draft = only(parse("generic-json", RawRequest(headers=FORM, body=urlencode(pairs).encode())))

    assert draft["contact"] == {
        "name": "Зоя",
        "phones": ["+79160102031"],
        "emails": ["zoya@example.com"],
    }
    assert draft["fields"] == {
        "fields[phone][title]": "Телефон",
        "form[name]": "Обратный звонок",
    }


@pytest.mark.parametrize(
    ("values", "contact"),
    [
        ({"data[0][value]": "8 916 010-20-31"}, {"phones": ["+79160102031"]}),
        ({"input_3": "+7 916 010-20-31", "q": "Зоя"}, {"phones": ["+79160102031"]}),
        ({"input_3": "89160102031", "input_4": "89160102031"}, {"phones": ["+79160102031"]}),
        ({"q3": "zoya@example.com"}, {"emails": ["zoya@example.com"]}),
        (
            {"1": "тел. 8 916 010-20-31", "2": "zoya@example.com", "3": "Зоя"},
            {"phones": ["+79160102031"], "emails": ["zoya@example.com"]},
        ),
        # Not alone, not whole, not plainly a number, or under a label that tells something else.
        ({"input_3": "89160102031", "input_4": "89160102032"}, None),
        ({"input_3": "Позвоните мне: 8 916 010-20-31, спасибо"}, None),
        ({"input_3": "9701234567"}, None),
        ({"input_3": "770101001"}, None),
        ({"input_3": "ИНН 9701234567"}, None),
        ({"input_3": "12.03.2024"}, None),
        ({"company phone": "8 916 010-20-31"}, None),
        ({"телефон друга": "8 916 010-20-31"}, None),
        ({"order": "89160102031"}, None),
        # A labelled one is there, even one that cannot be read.
        ({"phone": "8 916 010-20-33", "q": "8 916 010-20-31"}, {"phones": ["+79160102033"]}),
        ({"phone": "нет", "q": "8 916 010-20-31"}, {"other": {"phone_raw": "нет"}}),
    ],
)
def test_a_value_alone_is_known_by_its_shape(
    values: dict[str, Any], contact: dict[str, Any] | None
) -> None:
    draft = read(values)

    assert draft.get("contact") == contact
    if contact is None:
        assert draft["fields"] == values


def test_what_was_found_by_its_shape_is_no_field_any_more() -> None:
    assert "fields" not in read({"data[0][value]": "8 916 010-20-31"})


@pytest.mark.parametrize(
    ("label", "value", "contact"),
    [
        ("Телефон или e-mail", "8 916 010-20-31", {"phones": ["+79160102031"]}),
        ("Телефон или e-mail", "zoya@example.com", {"emails": ["zoya@example.com"]}),
        ("Email or phone", "скажу потом", {"other": {"phone_raw": "скажу потом"}}),
        # One field taken for the other.
        ("Телефон", "zoya@example.com", {"emails": ["zoya@example.com"]}),
        ("E-mail", "8 916 010-20-31", {"phones": ["+79160102031"]}),
        ("E-mail", "9160102031", {"other": {"email_raw": "9160102031"}}),
        ("E-mail", "нет", {"other": {"email_raw": "нет"}}),
    ],
)
def test_a_field_for_either(label: str, value: str, contact: dict[str, Any]) -> None:
    assert read({label: value})["contact"] == contact


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("O&#039;Hara", "O'Hara"),
        ("O&#39;Hara", "O'Hara"),
        ("O&#x27;Hara", "O'Hara"),
        ("R&amp;D &quot;Lab&quot;", 'R&D "Lab"'),
        ("&lt;b&gt;", "<b>"),
        ("&amp;#039;", "&#039;"),  # once
        ("Тел&nbsp;5", "Тел\xa05"),
        ("a &b; &nosuch; & c", "a &b; &nosuch; & c"),
        ("&#9999999;", "\ufffd"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("AT&T", "AT&T"),
        ("&copy", "&copy"),
        (["&amp;", 5], ["&", 5]),
        (5, 5),
        (None, None),
    ],
)
def test_entities_are_decoded_once(raw: Any, plain: Any) -> None:
    assert unescaped(raw) == plain


def test_only_a_source_that_escapes_is_decoded() -> None:
    values = {"name": "O&#039;Hara", "note": "R&amp;D"}

    assert read(values)["contact"] == {"name": "O&#039;Hara"}
    draft = read(values, options={"escaped": True})
    assert (draft["contact"], draft["fields"]) == ({"name": "O'Hara"}, {"note": "R&D"})


def test_an_adapter_may_say_that_its_plugin_escapes() -> None:
    builder = DraftBuilder("RU", is_escaped=True)
    add(builder, "your-name", "O&#039;Hara")

    assert build(builder, source("tilda"), channel="form").contact.name == "O'Hara"
