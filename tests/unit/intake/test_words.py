"""Labels, names, phones, e-mails and times: what people write and what is kept of it."""

from datetime import UTC, datetime
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.parsing import emails, phones
from services.intake.domain import labels, names, times

TABLE = {
    "name": [
        "name", "Full name", "YOUR-NAME", "имя", "Ваше имя", "ФИО", "Ф.И.О.",
        "Как вас зовут?", "Как к Вам обращаться", "Name_2", "name-2", "What's your full name?",
    ],
    "first_name": ["First name", "firstName", "your_first_name", "What is your first name?"],
    "last_name": ["Last Name", "surname", "Фамилия"],
    "middle_name": ["Middle name", "Отчество"],
    "phone": ["phone", "Tel.", "mobile", "Mobile Number", "Телефон", "Ваш телефон", "Phone_12"],
    "email": ["email", "E-mail", "e_mail", "Work e-mail", "Почта", "Your email"],
    "text": [
        "comment", "Comments", "message", "Text", "Сообщение", "комментарий", "Вопрос",
        "your-message",
    ],
    "company": ["Company", "компания"],
    "utm_source": ["utm_source", "UTM source"],
    "yclid": ["yclid"],
    None: ["childName", "phone model", "Checkbox", "Seu Nome", "", "_2", "username", "tranid"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("label", "sense"), [(label, sense) for sense, group in TABLE.items() for label in group]
)
def test_label_table(label: str, sense: str | None) -> None:
    assert labels.meaning(label) == sense


@pytest.mark.parametrize(
    ("label", "value", "private"),
    [
        ("COOKIES", "x", True),
        ("cookie_2", "x", True),
        ("All cookies of the visitor", "sid=1; b=2", True),
        ("I accept cookies", "yes", False),
        ("Favourite biscuit", "a=b", False),
    ],
)
def test_cookies(label: str, value: str, private: bool) -> None:
    assert labels.is_cookie(label, value) is private


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("  Anna \t\n Lee ", "Anna Lee"),
        ("Йо\u0301", "Йо\u0301"),
        ("И\u0306ван", "Йван"),
        ("o'NEIL", "o'NEIL"),
        ("A\x00B", "A\ufffdB"),
        ("   ", None),
        (None, None),
    ],
)
def test_names(raw: str | None, name: str | None) -> None:
    assert names.person_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "country", "number"),
    [
        ("8 (999) 111-22-33", "RU", "+79991112233"),
        ("+7 999 111 22 33", "US", "+79991112233"),
        ("9991112233", "ru", "+79991112233"),
        ("74955404444", "RU", "+74955404444"),
        ("380501234567", "RU", "+380501234567"),
        ("(415) 867-5309", "US", "+14158675309"),
        ("8 495 123-45-67 доб. 123", "RU", "+74951234567"),
        ("９９９１１１２２３３", "RU", "+79991112233"),
        ("7800123456789", "RU", None),
        ("0000000000", "RU", None),
        ("1234567890", "RU", None),
        ("123", "RU", None),
        ("anonymous", "US", None),
        ("+266696687", "US", None),
        ("нет", "RU", None),
        ("9" * 10_000, "RU", None),
        ("89991112233", "no such", None),
    ],
)
def test_phones(raw: str, country: str, number: str | None) -> None:
    assert phones.e164(raw, country) == number


@given(number=st.integers(9_000_000_000, 9_999_999_998).map(str), form=st.integers(0, 5))
def test_russian_mobile_numbers_round_trip(number: str, form: int) -> None:
    code, body = number[:3], number[3:]
    spelling = [
        f"+7{number}",
        f"8{number}",
        number,
        f"8 ({code}) {body[:3]}-{body[3:5]}-{body[5:]}",
        f"+7 {code} {body[:3]} {body[3:]}",
        f"7{number}",
    ][form]
    if len(set(number)) == 1:
        return
    phone = phones.e164(spelling, "RU")
    assert phone == f"+7{number}"
    assert phones.e164(phone, "DE") == phone


@pytest.mark.parametrize("region", ["RU", "US", "DE", "GB", "KZ", "UA", "BR", "IN", "JP", "IT"])
def test_example_numbers_of_countries_round_trip(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example is not None
    for style in (
        phonenumbers.PhoneNumberFormat.NATIONAL,
        phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    ):
        spelling = phonenumbers.format_number(example, style)
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        assert phones.e164(spelling, region) == number


@given(text=st.text(max_size=200))
def test_any_text_as_a_phone(text: str) -> None:
    readable, unreadable, *_ = phones.several(text, "RU", most=100)
    assert all(number.startswith("+") and number[1:].isdecimal() for number in readable)
    assert readable or unreadable or not text.strip()
    assert isinstance(phones.in_text(text, "RU"), list)


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        (" ANNA.Lee+tag@Example.COM ", "anna.lee+tag@example.com"),
        ("Анна <a@b.ru>", "a@b.ru"),
        ("mailto:a@b.ru", "a@b.ru"),
        ("PARENT@example.invalid", "parent@example.invalid"),
        ("Иван@Почта.РФ", "иван@почта.рф"),
        ("a@b@c.ru", None),
        ("a@localhost", None),
        ("a b@c.ru", None),
        ("a@b..ru", None),
        (".a@b.ru", None),
        ("a" * 65 + "@b.ru", None),
        ("a@" + "b." * 200 + "ru", None),
        ("@", None),
        ("", None),
    ],
)
def test_emails(raw: str, address: str | None) -> None:
    assert emails.address(raw) == address


@given(text=st.text(max_size=100))
def test_any_text_as_an_email(text: str) -> None:
    email = emails.address(text)
    assert email is None or email == email.lower()


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1399906976, datetime(2014, 5, 12, 15, 2, 56, tzinfo=UTC)),
        ("1399906976", datetime(2014, 5, 12, 15, 2, 56, tzinfo=UTC)),
        ("2024-07-01T12:00:00Z", datetime(2024, 7, 1, 12, tzinfo=UTC)),
        ("2024-07-01T12:00:00", datetime(2024, 7, 1, 9, tzinfo=UTC)),
        ("2024-07-01 12:00:00+05:30", datetime(2024, 7, 1, 6, 30, tzinfo=UTC)),
        ("Mon, 15 Jan 2024 10:30:00 +0000", datetime(2024, 1, 15, 10, 30, tzinfo=UTC)),
        (0, None),
        ("0", None),
        (True, None),
        (10**30, None),
        ("9" * 5000, None),
        ("9999-12-31T23:59:59-12:00", None),
        ("0001-01-01T00:00:00+12:00", None),
        ("yesterday", None),
        (None, None),
        ([], None),
    ],
)
def test_times(value: Any, moment: datetime | None) -> None:
    assert times.from_any(value, time_zone="Europe/Moscow") == moment


@given(text=st.text(max_size=60))
def test_any_text_as_a_time(text: str) -> None:
    moment = times.from_any(text, time_zone="Europe/Moscow")
    assert moment is None or moment.tzinfo is UTC
