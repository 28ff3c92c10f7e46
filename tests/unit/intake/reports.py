"""What an adapter reports of a call, as JSON."""

import json
from typing import Any
from urllib.parse import urlencode

from services.intake.domain.requests import CallReport, Content, RawRequest
from tests.unit.intake.samples import FORM, JSON, parse


def report(content: Content) -> CallReport:
    first, *others = content.calls
    assert not any(other.final for other in others)
    return first


def event(adapter: str, body: Any, *, rest: str = "", **particulars: Any) -> Content:
    """A JSON event as the adapter reads it."""
    request = RawRequest(rest=rest, headers=JSON, body=json.dumps(body).encode())
    return parse(adapter, request, **particulars)


def form(adapter: str, pairs: dict[str, str], **particulars: Any) -> Content:
    request = RawRequest(headers=FORM, body=urlencode(pairs).encode())
    return parse(adapter, request, **particulars)


def call(content: Content) -> dict[str, Any]:
    """The call of the only report, without what is unknown."""
    draft = report(content).draft.model_dump(mode="json", exclude_defaults=True)
    told: dict[str, Any] = draft["call"]
    return told


def phones(content: Content) -> tuple[str, ...]:
    return report(content).draft.contact.phones


def outcome(content: Content) -> tuple[bool, str | None, str | None]:
    """Whether it is final, the direction, the outcome."""
    told = report(content)
    assert told.draft.call is not None
    return told.final, told.draft.call.direction, told.draft.call.outcome
