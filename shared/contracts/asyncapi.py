"""The catalogue and the contracts as one AsyncAPI 3 document, for people and other tools.

Run `python -m shared.contracts.asyncapi` after a change; a test compares `docs/asyncapi.json`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from shared.contracts.catalog import ON_EVERY_TOPIC, TOPICS, Topic
from shared.contracts.envelope import Event

SNAPSHOT = Path(__file__).resolve().parent.parent.parent / "docs" / "asyncapi.json"
_REFERENCE = "#/components/schemas/{model}"

HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0 in binary mode; every value is UTF-8 text.",
    "required": [
        "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject",
        "content-type", "version",
    ],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "UUIDv7 of the event"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "description": "The producing service"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "The key of the stream"},
        "content-type": {"type": "string", "const": "application/json"},
        "version": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Gapless counter of the stream, that is of topic and key",
        },
        "life": {
            "type": "string", "format": "uuid",
            "description": "The life of the producer's data, a new one after a lossy restore",
        },
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "causationid": {
            "type": "string", "format": "uuid", "description": "The event that led to this one",
        },
    },
}  # fmt: skip


def document() -> dict[str, Any]:
    """The AsyncAPI document; the same catalogue always gives the same text."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Leadflow events",
            "version": "1",
            "description": (
                "Which service emits what to whom. Events of one topic and key take effect in "
                "version order, each once. Readers ignore fields they do not know; a breaking "
                "change is a v2."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(_operations()),
        "components": {
            "messages": {event.TYPE: _message(event) for event in _events()},
            "schemas": {**_schemas(), "CloudEventHeaders": HEADERS},
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"Produced by {topic.producer}, consumed by {', '.join(topic.consumers)}.",
        "messages": {
            event.TYPE: {"$ref": f"#/components/messages/{event.TYPE}"}
            for event in (*topic.events, *ON_EVERY_TOPIC)
        },
        "bindings": {"kafka": {"topic": topic.name, "partitions": topic.partitions}},
    }


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for topic in TOPICS:
        channel = {"$ref": f"#/channels/{topic.name}"}
        yield (
            f"{topic.producer}.emits.{topic.name}",
            {"action": "send", "channel": channel, "title": f"{topic.producer} emits {topic.name}"},
        )
        for consumer in topic.consumers:
            yield (
                f"{consumer}.consumes.{topic.name}",
                {
                    "action": "receive",
                    "channel": channel,
                    "title": f"{consumer} consumes {topic.name}",
                    "bindings": {"kafka": {"groupId": {"type": "string", "const": consumer}}},
                },
            )


def _message(event: type[Event]) -> dict[str, Any]:
    everywhere: dict[str, Any] = {
        "description": " ".join((event.__doc__ or "").split()),
        "examples": [{"name": "plain", "payload": {}}],
    }
    return {
        **(everywhere if event in ON_EVERY_TOPIC else {}),
        "name": event.TYPE,
        "title": event.__name__,
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": _key(event)}}},
    }


def _key(event: type[Event]) -> str:
    return f"The {event.KEY}" if event.KEY else "The stream's"


def _events() -> list[type[Event]]:
    return [*(event for topic in TOPICS for event in topic.events), *ON_EVERY_TOPIC]


def _schemas() -> dict[str, Any]:
    _, definitions = models_json_schema(
        [(event, "serialization") for event in _events()], ref_template=_REFERENCE
    )
    schemas: dict[str, Any] = definitions["$defs"]
    return dict(sorted(schemas.items()))


def text() -> str:
    """The document as it lies in the tree."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SNAPSHOT.parent.mkdir(exist_ok=True)
    SNAPSHOT.write_text(text(), encoding="utf-8")
