"""Marquiz quizzes. UNCONFIRMED altogether: read by what is known of it, then by the label table.

The source's `mapping` overrides what is read, as for any JSON.
"""

from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.brackets import nested
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text
from services.intake.channels.parsing.mapping import mapped
from services.intake.channels.parsing.members import part, parts
from services.intake.channels.parsing.structured import structured_draft
from services.intake.channels.signatures import by_address
from services.intake.domain.requests import Content, RawRequest, SourceView

_KNOWN = frozenset({"answers", "contacts", "quiz", "extra", "created", "id"})
_AROUND = {"href": "page_url", "referrer": "referrer", "lang": None, "ip": None, "cookies": None}


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request, join=nested)
    builder = DraftBuilder(source.country)
    for label, value in part(payload.get("contacts")).items():
        add(builder, label, value)
    for answer in parts(payload.get("answers")):
        question = as_text(answer.get("q")) or as_text(answer.get("question")) or "answer"
        add(builder, question, answer.get("a", answer.get("answer")))
    for label, value in payload.items():
        if label not in _KNOWN:
            add(builder, label, value)
    _take_origin(builder, payload)
    values = {
        "external_id": payload.get("id"),
        "occurred_at": payload.get("created"),
        **mapped(payload, source.mapping),
    }
    draft = structured_draft(values, source, builder, channel="form")
    return Content(drafts=(draft,), external_id=draft.external_id)


def _take_origin(builder: DraftBuilder, payload: dict[str, Any]) -> None:
    quiz, extra = part(payload.get("quiz")), part(payload.get("extra"))
    builder.campaign["form_id"] = as_text(quiz.get("id"))
    builder.campaign["form_name"] = as_text(quiz.get("name"))
    for label, value in {**extra, **part(extra.get("utm"))}.items():
        if label in _AROUND:
            if name := _AROUND[label]:
                builder.campaign[name] = as_text(value)
        elif label != "utm":
            add(builder, _utm(label) if label in part(extra.get("utm")) else label, value)


def _utm(name: str) -> str:
    """`utm_source` for `source`; click ids have their names already."""
    short = {"source", "medium", "campaign", "term", "content"}
    return f"utm_{name}" if name in short else name


CHANNEL = Channel(name="marquiz", verify=by_address, verify_early=by_address, parse=parse)
