"""What customers wrote is found by any form of a word, by points exactly, the best first."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.history.domain.search.spellings import latin_of
from services.history.repository.search.finding import SearchFilter
from services.history.use_cases.search.finding import find
from shared.contracts.inquiries import CallObserved, InquiryUpdated
from shared.contracts.inquiry import Call, Campaign, ContactDetails, Mentioned
from shared.contracts.leads import LeadLost
from shared.contracts.purchases import PurchaseRecorded
from shared.database import Database, reading, transaction
from shared.errors import InvalidError
from tests.integration.history.customers.customers import compute
from tests.integration.history.reading import CONTACT, OTHER
from tests.integration.history.search.searching import (
    inquiries,
    make_findable,
    matches,
    search,
    written,
)
from tests.support.chance import examples
from tests.support.event_streams import EventStreams, some_id
from tests.support.http_client import Door

PUMPS = "Добрый день! Нужны скважинные насосы для дачи, тёплый пол и two running meters."


FORMS = (
    "насос", "НАСОСОВ", "насосам дача", "теплый", "ТЁПЛЫМ полом", "run meter", "скважинн",
    "насосы тепл", '"скважинные насосы"', "насос -труба", "труба or насос", "котёл или дачу",
    "и насос", "для насосов и", "насосы!", "пол, насос",
)  # fmt: skip


async def test_any_form_of_a_word_finds(database: Database, door: Door) -> None:
    streams = EventStreams()
    pumps = written(streams, "pumps", contact=CONTACT, text=PUMPS)
    written(streams, "other", contact=OTHER, text="Сколько стоит доставка? The price of a roof.")
    await make_findable(database, streams)
    for q in FORMS:
        assert inquiries(await search(door, q)) == {str(pumps)}, q


# As it was typed, and what it finds the person by.
ALIKE = (
    ("Петрв", "Петров"), ("Птров", "Петров"), ("Питров", "Петров"), ("Smth", "Smith"),
    ("Petrov", "Петров"), ("gtnhjd", "Петров"), ("Zoe Smitt", "Smith"),
    ("петров скважинные yfcjcs", "насосы"), ("Смит", "Smith"),
)  # fmt: skip


async def test_what_is_misspelt_finds_what_is_alike(database: Database, door: Door) -> None:
    streams = EventStreams()
    for number, (contact, name) in enumerate(((CONTACT, "Иван Петров"), (OTHER, "Zoë Smith"))):
        details = ContactDetails(name=name)
        written(streams, number, contact=contact, details=details, text=PUMPS)
    await make_findable(database, streams)
    await compute(database)
    for q, match in ALIKE:
        (item,) = await search(door, q, limit=1) or [{"alike": False}]
        assert item["alike"] is True, q
        assert match in matches(item), q
    both = await search(door, "Pumpen", limit=1)
    assert both == [], "of customers' words only their names are looked through"
    both = await search(door, "yfcjc", limit=1)
    assert [item["alike"] for item in both] == [True, True], "a page each"
    assert [item["alike"] for item in await search(door, "Петров")] == [False]
    assert await search(door, '"Петрв"') == [], "in quotes it is meant as it stands"


async def test_the_database_spells_names_in_latin_letters_as_we_do(database: Database) -> None:
    letters = "абвгдежзийклмнопрстуфхцчшщъыьэюяabcxyz"
    async with reading(database) as session:
        latin = await session.scalar("SELECT in_latin(:name, NULL)", {"name": letters.upper()})
    assert latin.strip() == latin_of(letters)


async def test_what_does_not_match_is_not_found(database: Database, door: Door) -> None:
    streams = EventStreams()
    written(streams, "pumps", contact=CONTACT, text=PUMPS)
    await make_findable(database, streams)
    for q in ["котёл", "насос -дача", '"насосы скважинные"', "насос труба"]:
        assert await search(door, q) == [], q


POINTS_AND_NAMES = (
    "+7 (916) 123-45-67", "89161234567", "8 916 123 45 67", "79161234567", "9161234567",
    "123-45-67", "1234567", "ivan.petrov@example.com", "Ivan.Petrov@", "ORDER-77/a",
    "Петров 1234567", "петр", "Иваном", "ООО Ромашка", "ромашк", "летняя распродажа",
    "summer sale", "насосы садовые", "Zoe", "00 44 20 7946 0958", "7946 0958", "Тольятти",
)  # fmt: skip


async def test_points_and_names_find(database: Database, door: Door) -> None:
    streams = EventStreams()
    mine = written(
        streams,
        "mine",
        contact=CONTACT,
        details=ContactDetails(
            name="Иван Петров",
            company='ООО "Ромашка"',
            phones=("+79161234567",),
            emails=("ivan.petrov@example.com",),
            mentioned=Mentioned(phones=("+442079460958",)),
            other={"telegram": "Zoë"},
        ),
        text="Перезвоните",
        subject="Летняя распродажа",
        external_id="Order-77/A",
        city="Тольятти",
        campaign=Campaign(
            utm_campaign="summer_sale-2026",
            page_url="https://shop.example/%D0%BD%D0%B0%D1%81%D0%BE%D1%81%D1%8B/sadovye?q=садовые",
        ),
    )
    written(
        streams,
        "other",
        contact=OTHER,
        details=ContactDetails(name="Анна", phones=("+79991234568",), emails=("i@example.org",)),
        text="Здравствуйте",
    )
    await make_findable(database, streams)
    for q in POINTS_AND_NAMES:
        found = await search(door, q)
        assert inquiries(found) == {str(mine)}, q
        assert matches(found[0]) or q == "ORDER-77/a", q


async def test_every_kind_that_has_words_is_found(database: Database, door: Door) -> None:
    streams = EventStreams()
    inquiry = written(streams, "a", contact=CONTACT, text="первое")
    lead = streams.opened("a", inquiry=inquiry, contact=CONTACT)
    streams.on_lead(LeadLost, lead, CONTACT, loss_reason="Слово: дорого")
    streams.emit(
        InquiryUpdated(
            inquiry_id=inquiry, contact_id=CONTACT, changed_at=streams.at,
            changes={"text": "слово поправлено", "product_interest": None},
        )
    )  # fmt: skip
    streams.emit(
        PurchaseRecorded(
            contact_id=CONTACT, purchase_id=some_id("order"), product="Слово на заказ",
            external_id="1С-0001", purchased_at=streams.at,
        )
    )  # fmt: skip
    streams.emit(
        CallObserved(
            contact_id=CONTACT, observation_id=some_id("call"), source_id=some_id("pbx"),
            occurred_at=streams.at, received_at=streams.at,
            call=Call(direction="outgoing", to="+74951112233", employee="Слово"),
        )
    )  # fmt: skip
    await make_findable(database, streams)
    items = await search(door, "слова")
    assert [item["kind"] for item in items] == [
        "call.observed", "purchase.recorded", "inquiry.updated", "lead.lost",
    ]  # fmt: skip
    assert [item["kind"] for item in await search(door, "8 495 111-22-33")] == ["call.observed"]
    assert [item["kind"] for item in await search(door, "1с-0001")] == ["purchase.recorded"]
    assert await search(door, "least_score") == []


async def test_names_come_first_then_the_newest(database: Database, door: Door) -> None:
    streams = EventStreams()
    names = [
        written(streams, f"n{n}", contact=CONTACT, details=ContactDetails(name="Роза Ветрова"))
        for n in range(3)
    ]
    texts = [written(streams, f"t{n}", contact=OTHER, text="роза ветров") for n in range(4)]
    await make_findable(database, streams)
    for limit in (1, 2, 3, 7, 8):
        items = await search(door, "роза", limit=limit)
        assert [item["inquiry_id"] for item in items] == [
            str(one) for one in (*reversed(names), *reversed(texts))
        ]
        assert [item["by_name"] for item in items] == [True] * 3 + [False] * 4


async def test_filters(database: Database, door: Door) -> None:
    streams = EventStreams()
    early = streams.at
    call = written(streams, "call", contact=CONTACT, text="слово", channel="call")
    form = written(streams, "form", contact=CONTACT, text="слово", channel="form")
    later = streams.at
    mail = written(streams, "mail", contact=OTHER, text="слово", channel="email")
    await make_findable(database, streams)
    assert inquiries(await search(door, "слово", channel=["call", "email"])) == {
        str(call), str(mail),
    }  # fmt: skip
    assert inquiries(await search(door, "слово", kind="inquiry.received")) == {
        str(call), str(form), str(mail),
    }  # fmt: skip
    assert await search(door, "слово", kind="lead.lost") == []
    window: dict[str, Any] = {"from": early.isoformat(), "to": later.isoformat()}
    assert inquiries(await search(door, "слово", **window)) == {str(call), str(form)}


async def test_what_is_shown_is_text_with_its_matches(database: Database, door: Door) -> None:
    streams = EventStreams()
    text = "Начало " * 90 + "<b>Насосы</b> \U0001f600 и ёлки & насосам конец " + "хвост " * 90
    written(streams, "a", contact=CONTACT, text=text)
    await make_findable(database, streams)
    (item,) = await search(door, "насос елка")
    (excerpt,) = item["excerpts"]
    assert matches(item) == ["Насосы", "ёлки", "насосам"]
    assert "".join(piece["text"] for piece in excerpt["pieces"]) in text
    assert len("".join(piece["text"] for piece in excerpt["pieces"])) <= 240
    assert "<b>" in str(excerpt), "plain text: whoever shows it escapes it, as any text"


@pytest.mark.parametrize("q", [" ", "%", "- -", "!!!", '""', "& | !", "слово " * 21, "x" * 201])
async def test_what_says_nothing_is_refused_by_name(door: Door, q: str) -> None:
    answer = await door.client.get("/v1/search", params={"q": q}, headers=door.as_("admin"))
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/q"}


@examples(60)
@given(q=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60))
@example("²:*")
@example("'a' & !(b|c) <-> d:*")
@example('"a \\\\ b" -"c')
@example("ª١٢٣ 12345678 a@'\\\\")
@example("%' OR 1=1 --")
async def test_whatever_is_asked_is_answered(database: Database, door: Door, q: str) -> None:
    async with transaction(database) as session:
        with suppress(InvalidError):
            await find(session, q, SearchFilter(), reader=None, after=None, limit=5)
