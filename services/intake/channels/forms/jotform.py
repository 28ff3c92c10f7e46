"""JotForm: a multipart form whose field `rawRequest` holds the answers as JSON, `q3_name` each.

UNCONFIRMED: the members beside formID, submissionID and rawRequest. An answer of the REST API,
with its questions by number, is read as well.
"""

import re
from collections.abc import Iterator
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.parsing.members import part
from services.intake.channels.signatures import by_address
from services.intake.domain.labels import meaning
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any, from_milliseconds

_QUESTION = re.compile(r"q(\d{1,6})_(.{1,200})", re.DOTALL)
_NAME_PARTS = {"first": "first_name", "middle": "middle_name", "last": "last_name"}
_NAME_WORDS = frozenset({*_NAME_PARTS, "prefix", "suffix"})
_PHONE_WORDS = ("full", "country", "area", "phone")
_KINDS = {
    "control_fullname": "name",
    "control_phone": "phone",
    "control_email": "email",
    "control_textarea": "text",
}
_PLUMBING = frozenset(
    {
        "slug", "jsExecutionTracker", "submitSource", "submitDate", "buildDate", "uploadServerUrl",
        "eventObserver", "event_id", "timeToSubmit", "validatedNewRequiredFieldIDs", "path",
        "temp_upload", "preview", "visitedPages", "simple_fpc", "website",
    }
)  # fmt: skip


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    builder = DraftBuilder(source.country)
    answers = _answers(payload)
    for label, value, kind in _questions(answers):
        _add(builder, label, value, kind)
    builder.campaign["form_id"] = _words(payload, "formID", "form_id")
    builder.campaign["form_name"] = _words(payload, "formTitle", "form_title")
    moment = answers.get("submitDate") or payload.get("created_at")
    external_id = _words(payload, "submissionID", "id")
    draft = build(
        builder,
        source,
        channel="form",
        external_id=external_id,
        occurred_at=from_milliseconds(moment) or from_any(moment, time_zone="America/New_York"),
    )
    return Content(drafts=(draft,), external_id=external_id)


def _answers(payload: dict[str, Any]) -> dict[str, Any]:
    raw = payload.get("rawRequest")
    answers = json_object(raw) if isinstance(raw, str) and raw.strip() else part(raw)
    answers = answers or part(payload.get("answers"))
    if not answers and not _words(payload, "submissionID"):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return answers


def _questions(answers: dict[str, Any]) -> Iterator[tuple[str, Any, str | None]]:
    """Label, value and kind of each; the number of a question may stand behind its name too."""
    for name, value in answers.items():
        match = _QUESTION.fullmatch(name)
        if match is not None:
            label = match.group(2)
            short = label.removesuffix(match.group(1)) or label
            yield short if meaning(short) else label, value, None
        elif isinstance(value, dict) and "answer" in value:
            title = as_text(value.get("text")) or as_text(value.get("name")) or name
            kind = _KINDS.get(as_text(value.get("type")) or "")
            yield title, value["answer"], meaning(title) if kind == "text" else kind
        elif name not in _PLUMBING:
            yield name, value, None


def _add(builder: DraftBuilder, label: str, value: Any, kind: str | None) -> None:
    """One answer; those of several parts are names, telephone numbers, or kept as they are."""
    members = part(value)
    if members and set(members) <= _NAME_WORDS:
        for name, words in members.items():
            add(builder, _NAME_PARTS.get(name, name), words)
    elif members and set(members) <= set(_PHONE_WORDS):
        pieces = (as_text(members.get(name)) or "" for name in _PHONE_WORDS)
        add(builder, label, " ".join(pieces).strip(), kind="phone")
    else:
        add(builder, label, value, kind=kind)


def _words(payload: dict[str, Any], *names: str) -> str | None:
    return next((words for name in names if (words := as_text(payload.get(name)))), None)


CHANNEL = Channel(name="jotform", verify=by_address, verify_early=by_address, parse=parse)
