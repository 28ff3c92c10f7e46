"""Extensions and the company's own points are shown; neither joins people."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from services.intake.channels.parsing import own_points, phones
from services.intake.domain.contact_matching import (
    Approach,
    ContactMatch,
    People,
    completed,
    limited_to,
)
from services.intake.domain.identity_resolution import resolve
from services.intake.domain.keys import ContactPoint
from services.intake.domain.requests import RawRequest
from shared.contracts.inquiry import ContactDetails, Mentioned
from shared.ids import derived_id
from tests.unit.intake.samples import FORM, JSON, only, parse, source

LINE = "+74950102040"
EXTENSIONS = [
    "{} доб. 312", "{}, доб. 312", "{} доб 312", "{} доб.312", "{} (доб. 312)", "{}(доб.312)",
    "{} - доб. 312", "{} доб. № 312", "{} добавочный 312", "{} добавочный номер 312",
    "{} добавочный: 312", "{} вн. 312", "{} вн.312", "{} вн312", "{} внутр. 312",
    "{} внутренний 312", "{} внутренний номер: 312", "{}, внутр. тел. 312", "{}, тел. доб. 312",
    "{} донабор 312", "{} тоновый 312", "{} тоновый набор 312", "{} в тоновом режиме 312",
    "{} тон. 312", "{} ext. 312", "{} ext 312", "{} Ext: 312", "{} extension 312", "{}ext312",
    "{} extn 312", "{} x312", "{} x 312", "{}x312", "{} X312", "{} х312", "{}*312", "{} *312",
    "{}#312", "{} # 312", "{},,312", "{},,,312#", "{};ext=312", "tel:{};ext=312", "{}w312",
    "{}p312", "{}pp312", "{} доб. 3-12", "{} 312", "{}-312", "{} (312)", "тел. {}, доб. 312",
    "Анна {} доб. 312", "{} доб. 312 Анна", "{} доб. 312, после 18:00",
]  # fmt: skip
NUMBERS = ["8 (495) 010-20-40", "+7 495 010-20-40", "+74950102040", "84950102040"]
OTHERS = [
    ("(415) 867-5309 x12", "US", "+14158675309", "12"),
    ("415-867-5309 ext. 1234", "US", "+14158675309", "1234"),
    ("+1 415 867 5309 extension 5", "US", "+14158675309", "5"),
    ("020 7946 0018 ext 33", "GB", "+442079460018", "33"),
    ("030 12345678 Durchwahl 15", "DE", "+493012345678", "15"),
    ("01 42 68 53 00 poste 210", "FR", "+33142685300", "210"),
    ("06 698 12345 interno 7", "IT", "+390669812345", "7"),
    ("0212 345 67 80 dahili 101", "TR", "+902123456780", "101"),
    ("(11) 3123-4567 ramal 20", "BR", "+551131234567", "20"),
    ("8 017 200-10-20 доб. 5", "BY", "+375172001020", "5"),
    ("8 (727) 250-10-20 вн. 44", "KZ", "+77272501020", "44"),
    ("044 200 10 20 дод. 9", "UA", "+380442001020", "9"),
]
NO_EXTENSIONS = [
    "8 (495) 010-20-40 доб.", "8 (495) 010-20-40 до 18", "8 (495) 010-20-40, после 18:00",
    "8 (495) 010-20-40 доп. 8 (495) 010-20-40", "8 (495) 010-20-40 Анна",
    "8 (495) 010-20-40, кв. 312", "8 (495) 010-20-40 № 5",
]  # fmt: skip


@pytest.mark.parametrize("spelling", EXTENSIONS)
@pytest.mark.parametrize("number", NUMBERS)
def test_the_digits_to_dial_after_a_number(number: str, spelling: str) -> None:
    points = phones.several(spelling.format(number), "RU", most=100)

    assert (points.readable, points.extensions) == ([LINE], {LINE: "312"})
    assert not any("312" in words for words in points.unreadable)


@pytest.mark.parametrize(("raw", "country", "number", "extension"), OTHERS)
def test_extensions_of_the_world(raw: str, country: str, number: str, extension: str) -> None:
    points = phones.several(raw, country, most=100)

    assert (points.readable, points.extensions) == ([number], {number: extension})


@pytest.mark.parametrize("raw", NO_EXTENSIONS)
def test_what_is_no_extension(raw: str) -> None:
    assert phones.several(raw, "RU", most=100).extensions == {}


def test_each_number_has_its_own() -> None:
    raw = "8 495 010-20-40 (доб. 312) и 8 495 010-20-41 (доб. 5), моб. 8 916 010-20-31"
    points = phones.several(raw, "RU", most=100)

    assert points.readable == [LINE, "+74950102041", "+79160102031"]
    assert points.extensions == {LINE: "312", "+74950102041": "5"}
    assert [one.extension for one in phones.mentions(raw, "RU")] == ["312", "5", None]


def test_the_extension_is_in_the_inquiry() -> None:
    request = RawRequest(
        headers=JSON, body=json.dumps({"phone": "8 (495) 010-20-40 доб. 312"}).encode()
    )
    contact = only(parse("generic-json", request))["contact"]

    assert contact == {"phones": [LINE], "extensions": {LINE: "312"}}


def test_a_mapped_number_brings_its_own_extension() -> None:
    body = {"phone": "8 495 010-20-40 доб. 1", "tel2": "8 495 010-20-41 доб. 2"}
    request = RawRequest(headers=JSON, body=json.dumps(body).encode())
    contact = only(parse("generic-json", request, mapping={"contact.phones": "tel2"}))["contact"]

    assert contact == {"phones": ["+74950102041"], "extensions": {"+74950102041": "2"}}


class World:
    """People as a normaliser knows them, one inquiry after the other."""

    def __init__(self) -> None:
        self.state = People({}, {}, merges_left={derived_id("source", 1): 100})
        self.numbers = count(1)

    def ask(self, **details: Any) -> ContactMatch:
        number = next(self.numbers)
        at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(minutes=number)
        origin_id, source_id = derived_id("inquiry", number), derived_id("source", 1)
        approach = Approach(
            origin_id, at, ContactDetails(**details), counts=True, source_id=source_id
        )
        return resolve(self.state, approach)


def test_colleagues_behind_one_switchboard_are_two_people() -> None:
    world = World()
    first = world.ask(name="Анна", phones=(LINE,), extensions={LINE: "312"})
    second = world.ask(name="Борис", phones=(LINE,), extensions={LINE: "313"})
    third = world.ask(name="Вера", phones=(LINE,))

    assert len({first.contact_id, second.contact_id, third.contact_id}) == 3
    assert not world.state.merges
    person = world.state.people[first.contact_id]
    assert (person.details.phones, person.details.extensions) == ((LINE,), {LINE: "312"})


def test_who_also_gives_a_mobile_number_is_joined_by_that() -> None:
    world = World()
    mine = "+79160102031"
    first = world.ask(phones=(LINE, mine), extensions={LINE: "312"})
    second = world.ask(phones=(mine, LINE), extensions={LINE: "312"})
    other = world.ask(phones=(LINE,), extensions={LINE: "312"})

    assert first.contact_id == second.contact_id != other.contact_id
    assert second.is_repeat


def test_a_persons_details_keep_extensions_and_forget_what_was_mentioned() -> None:
    mentioned = Mentioned(phones=("+79160102039",))
    details = ContactDetails(phones=(LINE,), extensions={LINE: "312"}, mentioned=mentioned)
    shown = limited_to(details, {ContactPoint("phone", LINE)})

    assert shown.extensions == {LINE: "312"}
    assert shown.mentioned == Mentioned()
    assert limited_to(details, ()).extensions == {}
    assert completed(ContactDetails(phones=("+79160102031",)), shown).extensions == {LINE: "312"}


OWN = {
    "own_numbers": ("8 (495) 010-20-40", "+7 800 250-10-20"),
    "own_addresses": ("info@shop.example", "Магазин.рф", "@pbx.example"),
}


@pytest.mark.parametrize(
    ("adapter", "request_"),
    [
        (
            "generic-json",
            RawRequest(
                headers=JSON,
                body=json.dumps(
                    {"phone": ["84950102040", "89160102031"], "email": "Info@shop.example"}
                ).encode(),
            ),
        ),
        (
            "tilda",
            RawRequest(
                headers=FORM,
                body=b"phone=84950102040%2C89160102031&email=info@shop.example&tranid=1",
            ),
        ),
        (
            "native",
            RawRequest(
                headers=JSON,
                body=json.dumps(
                    {
                        "channel": "form",
                        "contact": {
                            "phones": [LINE, "+79160102031"],
                            "emails": ["info@shop.example"],
                        },
                    }
                ).encode(),
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_companys_points_are_nobodys_in_any_channel(adapter: str, request_: RawRequest) -> None:
    contact = only(parse(adapter, request_, **OWN))["contact"]

    assert contact == {
        "phones": ["+79160102031"],
        "mentioned": {"phones": [LINE], "emails": ["info@shop.example"]},
    }


def test_a_call_is_not_from_the_line_it_came_in_by() -> None:
    body = b"CallSid=CA1&CallStatus=no-answer&From=%2B74950102040&To=%2B74950102040"
    draft = only(parse("twilio", RawRequest(headers=FORM, body=body)))

    assert draft["contact"] == {"mentioned": {"phones": [LINE]}}


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        ("info@shop.example", True),
        ("anna@shop.example", False),
        ("anna@магазин.рф", True),
        ("anna@mail.магазин.рф", True),
        ("anna@pbx.example", True),
        ("anna@xpbx.example", False),
        ("anna@example", False),
        ("anna@other.рф", False),
    ],
)
def test_own_addresses_and_domains(address: str, is_own: bool) -> None:
    assert own_points.is_own_address(address, source("tilda", **OWN)) is is_own
    assert own_points.is_own_address(address, source("tilda")) is False


def test_own_numbers_in_any_spelling() -> None:
    shop = source("tilda", **OWN)

    assert own_points.is_own_number("+78002501020", shop)
    assert not own_points.is_own_number("+79160102031", shop)
