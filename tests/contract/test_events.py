"""The published events: every example decodes for ever, and v1 only ever grows."""

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.catalog import EVENT_BY_TYPE, TOPICS
from shared.contracts.envelope import Envelope, Event
from shared.contracts.erasing import blanked, blanked_payload
from shared.database import open_database, transaction
from tests.contract import growth
from tests.contract.apps import DECLARATIONS
from tests.contract.examples import FOLDER, NOW, Example, all_examples, missing_in
from tests.support.infrastructure import DatabaseFactory
from tests.support.signer import sealing_in

EXAMPLES = all_examples()
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.label)
each_event = pytest.mark.parametrize(
    "event", EVENT_BY_TYPE.values(), ids=lambda event: str(event.TYPE)
)
LISTENERS = sorted({listener for topic in TOPICS for listener in topic.consumers})

# Members that are shapes of their own, not free mappings.
PARTS = ("contact", "details", "campaign", "call", "consent", "spam")

# Where a person can be recognised, or has written in their own words.
PERSONAL: Mapping[str, tuple[str, ...]] = {
    "inquiry.received.v1": (
        "external_id", "contact.name", "contact.first_name", "contact.last_name",
        "contact.middle_name", "contact.company", "contact.phones", "contact.emails",
        "contact.other", "subject", "text", "call.from", "call.to", "call.recording_url",
        "call.provider_call_id", "campaign.click_ids", "campaign.page_url", "campaign.referrer",
        "city", "fields", "consent.page_url", "consent.ip",
    ),
    "inquiry.updated.v1": ("changes",),
    "call.observed.v1": (
        "external_id", "call.from", "call.to", "call.recording_url", "call.provider_call_id",
    ),
    "contact.changed.v1": (
        "details.name", "details.first_name", "details.last_name", "details.middle_name",
        "details.company", "details.phones", "details.emails", "details.other", "reason",
    ),
    "consent.recorded.v1": ("page_url", "ip"), "purchase.recorded.v1": ("external_id",),
    "purchase.cancelled.v1": ("external_id", "reason"),
    "lead.declined.v1": ("reason",), "lead.returned.v1": ("reason",),
    "lead.stage_changed.v1": ("facts",),
    "lead.next_action_set.v1": ("next_action",), "lead.won.v1": ("facts",),
    "lead.lost.v1": ("loss_reason", "facts"),
    "lead.reopened.v1": ("reason",),
    "manager.changed.v1": ("name", "email", "calendar"),
    "activity.recorded.v1": ("text", "facts"),
    "alert.raised.v1": ("detail",),
}  # fmt: skip


def _at(content: Mapping[str, Any], path: str) -> Any:
    found: Any = content
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def test_every_event_has_a_plain_and_an_erased_example_and_no_example_is_an_orphan() -> None:
    names: dict[str, set[str]] = {}
    for example in EXAMPLES:
        names.setdefault(example.wire_name, set()).add(example.name)

    assert names.keys() == EVENT_BY_TYPE.keys()
    assert {folder.name for folder in FOLDER.iterdir()} == names.keys()
    assert all({"plain", "erased"} <= found for found in names.values()), names


@each_example
def test_an_example_decodes_and_nothing_of_it_is_lost(example: Example) -> None:
    event = example.event()

    written = json.loads(event.model_dump_json())

    assert missing_in(example.content, written) == []
    assert example.model.model_validate_json(event.model_dump_json()) == event
    assert event.stream_key() == str(example.content[event.KEY])


@each_example
def test_what_a_reader_does_not_know_does_not_disturb_it(example: Example) -> None:
    content = example.content
    parts = [content[name] for name in PARTS if content.get(name) is not None]
    for part in [content, *parts]:
        part["of_a_later_day"] = {"any": ["thing"]}

    assert example.model.model_validate(content).stream_key() == example.event().stream_key()


@each_example
def test_the_envelope_travels_through_headers_unchanged(example: Example) -> None:
    envelope = example.envelope(version=7)

    headers = envelope.headers()

    assert Envelope.from_headers(envelope.topic, headers, envelope.payload) == envelope


@pytest.mark.parametrize("wire_name", PERSONAL)
def test_an_erased_example_holds_nothing_of_the_person(wire_name: str) -> None:
    examples = [example for example in EXAMPLES if example.wire_name == wire_name]
    plain = [example for example in examples if not example.name.startswith("erased")]
    erased = [example for example in examples if example.name.startswith("erased")]

    for path in PERSONAL[wire_name]:
        assert any(_at(example.content, path) for example in plain), f"no example shows {path}"
        assert not any(_at(example.content, path) for example in erased), path


def test_no_personal_word_of_a_plain_example_stands_in_its_erased_one() -> None:
    for example in (one for one in EXAMPLES if one.name.startswith("erased")):
        twin = next(
            one
            for one in EXAMPLES
            if one.wire_name == example.wire_name
            and one.name == example.name.replace("erased", "plain")
        )
        for path in PERSONAL.get(example.wire_name, ()):
            for word in _words(_at(twin.content, path)):
                assert word not in example.text, f"{example.label}: {path}"


@each_example
def test_what_is_left_of_an_example_is_valid_and_holds_nothing_of_the_person(
    example: Example,
) -> None:
    if example.wire_name in {"manager.changed.v1", "alert.raised.v1"}:  # about nobody outside
        return
    left = json.loads(blanked_payload(example.wire_name, example.text))

    event = example.model.model_validate(left)
    assert event.stream_key() == example.event().stream_key()
    assert blanked(event) == event
    if example.wire_name == "inquiry.updated.v1":
        return  # what is kept of changes is what is kept of inquiries
    for path in PERSONAL.get(example.wire_name, ()):
        value = _at(left, path)
        is_named = isinstance(value, dict) and not any(value.values())  # kinds, without the ids
        is_fixed = value == {"outcome": "answered"} or str(value).startswith("erased:")
        assert not value or is_fixed or is_named or left.get("is_listed"), path


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


@each_event
def test_the_schema_is_the_released_one_or_has_only_grown(event: type[Event]) -> None:
    path = growth.FOLDER / f"{event.TYPE}.json"
    released = json.loads(path.read_text(encoding="utf-8"))

    assert growth.breaks(released, growth.schema_of(event)) == []
    assert path.read_text(encoding="utf-8") == growth.text_of(event), (
        "run python -m tests.contract.growth"
    )


@each_event
def test_enumerations_are_open_strings(event: type[Event]) -> None:
    text = growth.text_of(event)

    assert '"enum"' not in text
    assert '"const"' not in text


def test_no_schema_is_an_orphan() -> None:
    assert {path.stem for path in growth.FOLDER.glob("*.json")} == EVENT_BY_TYPE.keys()


def _changed(path: str, change: Any) -> dict[str, Any]:
    schema = copy.deepcopy(growth.schema_of(EVENT_BY_TYPE["inquiry.received.v1"]))
    part = schema
    for name in path.split("/") if path else ():
        part = part[name]
    change(part)
    return schema


@pytest.mark.parametrize(
    ("path", "change", "word"),
    [
        ("properties", lambda part: part.pop("text"), "gone"),
        ("", lambda part: part["required"].append("text"), "required now"),
        ("", lambda part: part["required"].remove("channel"), "no longer sure"),
        ("properties/channel", lambda part: part.update(type="integer"), "type was string"),
        ("properties/channel", lambda part: part.update(enum=["form"]), "enum was None"),
        ("$defs/ContactDetails/properties", lambda part: part.pop("phones"), "gone"),
        (
            "$defs/Call/properties/wait_seconds",
            lambda part: part["anyOf"].append({"type": "string"}),
            "anyOf was",
        ),
    ],
)
def test_a_broken_promise_is_seen(path: str, change: Any, word: str) -> None:
    released = growth.schema_of(EVENT_BY_TYPE["inquiry.received.v1"])

    broken = growth.breaks(released, _changed(path, change))

    assert len(broken) == 1
    assert word in broken[0]


def test_a_new_optional_field_is_growth() -> None:
    released = growth.schema_of(EVENT_BY_TYPE["inquiry.received.v1"])
    grown = _changed("properties", lambda part: part.update(mood={"type": "string"}))

    assert growth.breaks(released, grown) == []


@pytest.mark.parametrize("service", LISTENERS)
async def test_a_listener_takes_every_example_of_its_topics(
    service: str, migrated_database: DatabaseFactory, tmp_path: Path
) -> None:
    """Each in a transaction of its own, plain before erased; what it says is written too."""
    apply = DECLARATIONS[service].handle
    assert apply is not None
    topics = {topic.name for topic in TOPICS if service in topic.consumers}
    ordered = sorted(EXAMPLES, key=lambda one: one.name.startswith("erased"))
    versions: dict[tuple[str, str], int] = {}
    database = open_database(await migrated_database(service), service=service, background=True)
    database.sealing = sealing_in(tmp_path)
    try:
        for example in ordered:
            event = example.event()
            if event.TOPIC not in topics:
                continue
            stream = (event.TOPIC, event.stream_key())
            versions[stream] = versions.get(stream, 0) + 1
            async with transaction(database) as session:
                await apply(session, [example.heard(version=versions[stream])], now=NOW)
    finally:
        await database.close()
    assert versions
