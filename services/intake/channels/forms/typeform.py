"""Typeform answers: JSON signed with base64 HMAC-SHA256, values under the key their type names.

The type of a question decides what its answer is, then its title; others are kept as fields.
"""

from collections.abc import Iterator
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.parsing.members import part, parts
from services.intake.channels.signatures import by_any, require_hmac_base64, secret
from services.intake.domain.labels import meaning
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_iso

_SIGNATURE = "typeform-signature"
_SECRETS = {"secret": True}
_KINDS = {"email": "email", "phone_number": "phone", "long_text": "text"}


def verify(request: RawRequest, *sources: SourceView) -> None:
    def check(source: SourceView) -> None:
        require_hmac_base64(request, header=_SIGNATURE, key=secret(source, "secret"))

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    response = payload.get("form_response")
    if not isinstance(response, dict):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    if payload.get("event_type") == "form_response_partial":
        return Content(ignored=IgnoreReason.PARTIAL_RESPONSE)
    form = part(response.get("definition"))
    titles = dict(_titles(form.get("fields")))
    builder = DraftBuilder(source.country)
    for answer in parts(response.get("answers")):
        question = part(answer.get("field"))
        question_id = as_text(question.get("id")) or ""
        title = titles.get(question_id) or as_text(question.get("ref")) or question_id
        add(builder, title, _value(answer), kind=_kind(answer, question, title))
    for label, value in part(response.get("hidden")).items():
        add(builder, label, value)
    builder.campaign["form_id"] = as_text(response.get("form_id")) or as_text(form.get("id"))
    builder.campaign["form_name"] = as_text(form.get("title"))
    token = as_text(response.get("token")) or None
    draft = build(
        builder,
        source,
        channel="form",
        external_id=token,
        occurred_at=from_iso(response.get("submitted_at"), time_zone="UTC"),
    )
    return Content(drafts=(draft,), external_id=token)


def _kind(answer: dict[str, Any], question: dict[str, Any], title: str) -> str | None:
    """The kind by the types; None for a long text whose title has a meaning of its own."""
    kind = _KINDS.get(str(answer.get("type"))) or _KINDS.get(str(question.get("type")))
    return None if kind == "text" and meaning(title) else kind


def _value(answer: dict[str, Any]) -> Any:
    """The value under the key that the answer's type names; choices by their labels."""
    value = answer.get(str(answer.get("type")))
    if not isinstance(value, dict):
        return value
    if "labels" in value or "label" in value or "other" in value:
        labels = value.get("labels")
        choices = [*labels] if isinstance(labels, list) else []
        choices += [value[key] for key in ("label", "other") if value.get(key)]
        return choices if "labels" in value else next(iter(choices), None)
    return value


def _titles(fields: Any) -> Iterator[tuple[str, str]]:
    """Question id and title, groups included."""
    for question in parts(fields):
        question_id, title = as_text(question.get("id")), as_text(question.get("title"))
        if question_id and title:
            yield question_id, title.strip()
        yield from _titles(part(question.get("properties")).get("fields"))


CHANNEL = Channel(
    name="typeform", verify=verify, parse=parse, signature=_SIGNATURE, secrets=_SECRETS
)
