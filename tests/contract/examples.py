"""The example files of every released event, read once from examples/<type>/<name>.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.contracts.catalog import EVENT_BY_TYPE, TOPIC_BY_NAME
from shared.contracts.envelope import Envelope, Event
from shared.ids import derived_id
from shared.messaging.decoding import ReceivedEvent

FOLDER = Path(__file__).resolve().parent / "examples"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Example:
    wire_name: str
    name: str
    text: str

    @property
    def label(self) -> str:
        return f"{self.wire_name}/{self.name}"

    @property
    def content(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def model(self) -> type[Event]:
        return EVENT_BY_TYPE[self.wire_name]

    def event(self) -> Event:
        return self.model.model_validate_json(self.text)

    def envelope(self, *, version: int) -> Envelope:
        event = self.event()
        return Envelope(
            event_id=derived_id("example", self.label),
            type=self.wire_name,
            source=TOPIC_BY_NAME[event.TOPIC].producer,
            time=NOW,
            topic=event.TOPIC,
            key=event.stream_key(),
            version=version,
            payload=self.text,
        )

    def heard(self, *, version: int) -> ReceivedEvent:
        return ReceivedEvent(envelope=self.envelope(version=version), event=self.event())


def all_examples() -> list[Example]:
    """In the order of the catalogue, so that what others refer to comes first."""
    order = {wire_name: place for place, wire_name in enumerate(EVENT_BY_TYPE)}
    found = [
        Example(path.parent.name, path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*/*.json"))
    ]
    return sorted(found, key=lambda one: (order.get(one.wire_name, len(order)), one.name))


def missing_in(part: Any, whole: Any, *, where: str = "$") -> list[str]:
    """The places where `whole` does not hold what `part` says, deep."""
    if isinstance(part, Mapping) and isinstance(whole, Mapping):
        lines: list[str] = []
        for name, value in part.items():
            if name in whole:
                lines += missing_in(value, whole[name], where=f"{where}.{name}")
            else:
                lines.append(f"{where}.{name}: lost")
        return lines
    return [] if part == whole else [f"{where}: {part!r} became {whole!r}"]
