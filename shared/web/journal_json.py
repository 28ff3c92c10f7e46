"""A journal's answers as JSON for `GET /v1/journal…`, and back for the client."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.contracts.envelope import Envelope
from shared.messaging.outbox.journal import JournalPage
from shared.messaging.outbox.walking import HeadsPage, JournalState, Position


def page_as_json(page: JournalPage) -> dict[str, Any]:
    return {
        "items": envelopes_as_json(page.items),
        "next_cursor": page.cursor if page.more else None,
        "cursor": page.cursor,
    }


def envelopes_as_json(envelopes: Sequence[Envelope]) -> list[dict[str, Any]]:
    return [
        {
            "event_id": str(envelope.event_id),
            "type": envelope.type,
            "source": envelope.source,
            "time": envelope.time.isoformat(),
            "topic": envelope.topic,
            "key": envelope.key,
            "version": envelope.version,
            "payload": json.loads(envelope.payload),
            "traceparent": envelope.traceparent,
            "causation_id": str(envelope.causation_id) if envelope.causation_id else None,
        }
        for envelope in envelopes
    ]


def envelopes_from_json(items: Sequence[Mapping[str, Any]]) -> list[Envelope]:
    """Reads what `envelopes_as_json` wrote. Raises KeyError, TypeError or ValueError."""
    return [
        Envelope(
            event_id=UUID(item["event_id"]),
            type=item["type"],
            source=item["source"],
            time=datetime.fromisoformat(item["time"]),
            topic=item["topic"],
            key=item["key"],
            version=int(item["version"]),
            payload=json.dumps(item["payload"], ensure_ascii=False, separators=(",", ":")),
            traceparent=item["traceparent"],
            causation_id=UUID(item["causation_id"]) if item["causation_id"] else None,
        )
        for item in items
    ]


def state_as_json(state: JournalState) -> dict[str, Any]:
    """Numbers of transactions do not fit a JSON reader's doubles: they travel as text."""
    return {
        "life": state.life,
        "horizon": str(state.horizon),
        "ends": {topic: position_as_text(end) for topic, end in state.ends.items()},
        "walked": {producer: at.isoformat() for producer, at in state.walked.items()},
    }


def state_from_json(answer: Mapping[str, Any]) -> JournalState:
    """Reads what `state_as_json` wrote. Raises KeyError, TypeError or ValueError."""
    return JournalState(
        life=str(answer["life"]),
        horizon=int(answer["horizon"]),
        ends={topic: position_from_text(end) for topic, end in answer["ends"].items()},
        walked={producer: datetime.fromisoformat(at) for producer, at in answer["walked"].items()},
    )


def heads_as_json(page: HeadsPage) -> dict[str, Any]:
    return {
        "versions": dict(page.versions),
        "end": position_as_text(page.end),
        "more": page.more,
    }


def heads_from_json(answer: Mapping[str, Any]) -> HeadsPage:
    """Reads what `heads_as_json` wrote. Raises KeyError, TypeError or ValueError."""
    return HeadsPage(
        versions={str(key): int(version) for key, version in answer["versions"].items()},
        end=position_from_text(answer["end"]),
        more=bool(answer["more"]),
    )


def position_as_text(position: Position) -> str:
    return f"{position.xid}-{position.id}"


def position_from_text(text: str) -> Position:
    xid, _, number = text.partition("-")
    return Position(int(xid), int(number))
