"""The AsyncAPI document says what the catalogue and the contracts say, and is whole in itself."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts import asyncapi
from shared.contracts.catalog import EVENT_BY_TYPE, ON_EVERY_TOPIC, TOPICS
from tests.contract.examples import Example, all_examples

NAME = re.compile(r"^[\w.\-]+$")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi.document()


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _followed(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def test_the_document_in_the_tree_is_the_generated_one() -> None:
    assert asyncapi.SNAPSHOT.read_text(encoding="utf-8") == asyncapi.text(), (
        "run python -m shared.contracts.asyncapi"
    )


def test_every_reference_leads_somewhere_and_every_name_is_lawful(document: dict[str, Any]) -> None:
    for reference in _references(document):
        assert _followed(document, reference)
    for section in (document["channels"], document["operations"], *document["components"].values()):
        assert all(NAME.fullmatch(name) for name in section)


def test_channels_and_operations_are_the_catalogue(document: dict[str, Any]) -> None:
    operations = {(operation["action"], name) for name, operation in document["operations"].items()}
    assert document["channels"].keys() == {topic.name for topic in TOPICS}
    assert operations == {("send", f"{topic.producer}.emits.{topic.name}") for topic in TOPICS} | {
        ("receive", f"{consumer}.consumes.{topic.name}")
        for topic in TOPICS
        for consumer in topic.consumers
    }
    for topic in TOPICS:
        channel = document["channels"][topic.name]
        assert channel["bindings"]["kafka"]["partitions"] == topic.partitions
        assert list(channel["messages"]) == [
            event.TYPE for event in (*topic.events, *ON_EVERY_TOPIC)
        ]


def test_every_message_has_its_payload_and_the_common_headers(document: dict[str, Any]) -> None:
    messages = document["components"]["messages"]

    models = {**EVENT_BY_TYPE, **{event.TYPE: event for event in ON_EVERY_TOPIC}}
    assert messages.keys() == models.keys()
    for wire_name, message in messages.items():
        model = models[wire_name].__name__
        assert message["payload"] == {"$ref": f"#/components/schemas/{model}"}
        assert message["headers"] == {"$ref": "#/components/schemas/CloudEventHeaders"}


@pytest.mark.parametrize("example", all_examples(), ids=lambda one: one.label)
def test_what_is_spoken_is_valid_by_the_document(
    document: dict[str, Any], example: Example
) -> None:
    payload = {
        "$ref": f"#/components/schemas/{example.model.__name__}",
        "components": document["components"],
    }
    headers = {
        "$ref": "#/components/schemas/CloudEventHeaders",
        "components": document["components"],
    }

    Draft202012Validator(payload).validate(json.loads(example.event().model_dump_json()))
    Draft202012Validator(headers).validate(example.envelope(version=1).headers())
