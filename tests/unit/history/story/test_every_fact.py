"""Every kind of fact that a story may hold reads well in both languages: nothing of the machine."""

import re
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from services.history.domain.entries import entry_of
from services.history.domain.search.documents import REPORTED, Item
from services.history.domain.story.details import SILENT, TOLD, details_of
from services.history.domain.story.sentences import KINDS, actor_of, reading_of, title_of
from services.history.domain.story.voice import Voice
from services.history.domain.story.words import READINGS
from shared.contracts.activities import ActivityRecorded
from shared.contracts.catalog import EVENT_BY_TYPE
from shared.contracts.envelope import Envelope, Event
from shared.contracts.erasing import blanked, contact_of
from shared.contracts.inquiry import Call, Campaign, Consent, ContactDetails
from shared.contracts.segments import SegmentEntered, SegmentLeft
from shared.web.tokens import ROLES
from tests.support.event_streams import some_id
from tests.unit.history.story.facts import ANNA, AT, call, campaign, consent, contact, events_of

NAMES: Final = {"ru": "Анна Орлова", "en": "Anna Orlova"}
WORDS: Final = {"ru": "Слова человека", "en": "Words of somebody"}
# Columns of entries, which a story shows beside its facts.
COLUMNS: Final = frozenset({"contact_id", "lead_id", "inquiry_id", "text", "at", "actor", "by"})
KINDS_OF_CONTACTS: Final = tuple(
    sorted(
        (
            event
            for event in EVENT_BY_TYPE.values()
            if "contact_id" in event.model_fields
            and event not in {ActivityRecorded, SegmentEntered, SegmentLeft}
        ),
        key=lambda event: event.TYPE,
    )
)
LANGUAGES: Final = pytest.mark.parametrize("language", ["ru", "en"])
EVENTS: Final = pytest.mark.parametrize("kind", KINDS_OF_CONTACTS, ids=lambda kind: kind.TYPE)


def voice(language: str) -> Voice:
    return Voice(language, ZoneInfo("Europe/Moscow"), {ANNA: NAMES[language]})


def item_of(event: Event) -> Item:
    envelope = Envelope(
        event_id=some_id("event"), type=event.TYPE, source="/leadflow/intake", time=AT,
        topic=event.TOPIC, key="key", version=1, payload=event.model_dump_json(),
    )  # fmt: skip
    entry = entry_of(envelope, type(event).model_validate_json(envelope.payload))
    return Item(
        entry.event_id, entry.kind, entry.at, entry.actor, entry.lead_id, entry.inquiry_id,
        entry.contact_id, entry.text, entry.facts,
    )  # fmt: skip


def told(item: Item, language: str) -> str:
    tells = voice(language)
    details = details_of(item, tells)
    assert all(part.label and part.text for part in details)
    lines = [title_of(item, tells), actor_of(item.actor, tells)]
    return "\n".join([*lines, *(f"{part.label}: {part.text}" for part in details)])


_ALIEN: Final = {
    "ru": re.compile(r"(?!RUB\b)[A-Za-z]{2,}"),
    "en": re.compile(r"[А-Яа-яЁё]"),
}
_MACHINES: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}|\d{4}-\d\d-\d\d|\dT\d\d|[a-z]_[a-z]|None|True|False|[\[\]{}]"
    r"|erased:|ab_12"
)


def looks_well(text: str, language: str) -> None:
    for pattern in (_ALIEN[language], _MACHINES):
        stranger = pattern.search(text)
        assert stranger is None, f"{stranger.group()!r} in: {text}"


@LANGUAGES
@EVENTS
def test_every_value_of_every_fact_is_told_in_words(kind: type[Event], language: str) -> None:
    for event in events_of(kind, WORDS[language]):
        item = item_of(event)
        assert item.kind in KINDS, "it has words of its own"
        looks_well(told(item, language), language)


@LANGUAGES
@EVENTS
def test_what_is_left_of_an_erased_person_is_told_in_words(
    kind: type[Event], language: str
) -> None:
    for event in events_of(kind, WORDS[language]):
        looks_well(told(item_of(blanked(event)), language), language)


@EVENTS
def test_whatever_an_event_holds_is_told_or_passed_over_knowingly(kind: type[Event]) -> None:
    members = kind.model_fields.keys() - COLUMNS
    assert members <= TOLD | SILENT, f"decide whether a story tells {members - TOLD - SILENT}"
    assert "contact_id" in kind.model_fields
    assert contact_of(next(events_of(kind, "words"))) is not None


def test_nothing_is_both_told_and_passed_over() -> None:
    assert not TOLD & SILENT


REPORTS: Final = [
    {"reported_kind": kind, "direction": direction}
    for kind in ("call", "mail", "message", "meeting", "note", "task")
    for direction in (None, "outgoing", "incoming")
] + [{"reported_kind": "task", "done": done, "task_id": some_id("task")} for done in (True, False)]


@LANGUAGES
@pytest.mark.parametrize("members", REPORTS, ids=str)
def test_every_report_is_told_in_words(members: dict[str, Any], language: str) -> None:
    words = WORDS[language]
    item = Item(
        some_id("report"), REPORTED, AT, "supervisor", None, None, some_id("contact"), words,
        {"outcome": "answered", "talk_seconds": 65, words: words}, due_at=AT, owner_id=ANNA,
        **members,
    )  # fmt: skip
    text = told(item, language)
    looks_well(text, language)
    assert NAMES[language] in text
    if "done" not in members:
        assert voice(language).moment(AT) in text


@LANGUAGES
def test_whoever_did_or_read_something_is_called_in_words(language: str) -> None:
    tells = voice(language)
    actors = [*ROLES, "customer", "system", f"manager:{ANNA}", f"manager:{some_id('gone')}"]
    for actor in (*actors, "manager:", "a_robot:5"):
        looks_well(actor_of(actor, tells), language)
    assert NAMES[language] in actor_of(f"manager:{ANNA}", tells)
    for what in (*READINGS, "a_thing"):
        looks_well(reading_of(what, tells), language)


def test_times_money_and_durations_are_written_as_people_write_them() -> None:
    russian, english = voice("ru"), voice("en")
    assert (russian.moment(AT), english.moment(AT)) == (
        "2 марта 2026, 00:05", "2 March 2026, 00:05",
    )  # fmt: skip
    space = "\N{NO-BREAK SPACE}"
    assert russian.money(1234567.5, "RUB") == f"1{space}234{space}567,50{space}₽"
    assert english.money(1234567.5, "RUB") == f"1,234,567.50{space}RUB"
    assert russian.money(22900, "RUB") == f"22{space}900{space}₽"
    assert english.money(-5, None) == "-5"
    assert russian.money(Decimal("0.1"), "XAU") == f"0,10{space}XAU"
    assert [english.duration(n).replace(space, " ") for n in (0, 59.6, 60, 3725, 90_000)] == [
        "0 s", "1 min", "1 min", "1 h 2 min", "25 h",
    ]  # fmt: skip
    assert russian.duration(185) == f"3{space}мин 5{space}с"
    assert (russian.number(12.50), english.number(1234)) == ("12,5", "1,234")


def test_a_models_members_below_are_told_too() -> None:
    """Of the parts of an inquiry whatever is a word of a person is somewhere in its details."""
    words = "Слово"
    parts: tuple[BaseModel, ...] = (contact(words), call(words), campaign(words), consent(words))
    for part in parts:
        name = {ContactDetails: "contact", Call: "call", Campaign: "campaign", Consent: "consent"}
        facts = {name[type(part)]: part.model_dump(mode="json", by_alias=True)}
        item = Item(
            some_id("event"), "inquiry.received", AT, "customer", None, None, None, None, facts
        )
        text = told(item, "ru")
        for member, value in part.model_dump(mode="json", by_alias=True).items():
            if value == words:
                assert words in text, member
