"""Elementor Pro forms: fields with types in PHP's brackets, or a flat map of labels and values.

The ids of fields are random, so the type tells what a value is, then the title, then the id.
UNCONFIRMED: the names around the fields of the flat shape.
"""

from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.brackets import nested
from services.intake.channels.parsing.consents import note, take_answer
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.parsing.members import part
from services.intake.channels.signatures import by_address
from services.intake.domain.labels import folded, meaning
from services.intake.domain.requests import Content, RawRequest, SourceView

_KINDS = {"tel": "phone", "email": "email", "textarea": "text"}
_SAY_NOTHING = frozenset(
    {"step", "html", "recaptcha", "recaptcha_v3", "honeypot", "submit", "stripe", "paypal"}
)
_AROUND = {"pageurl": "page_url", "formid": "form_id", "formname": "form_name"}
_PLUMBING = frozenset({"date", "time", "useragent", "remoteip", "poweredby", "credit"})


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request, join=nested)
    builder = DraftBuilder(source.country)
    fields = payload.get("fields")
    if isinstance(fields, dict | list):
        _take_fields(builder, fields)
        _take_origin(builder, payload)
    else:
        _take_flat(builder, payload)
    return Content(drafts=(build(builder, source, channel="form"),))


def _take_fields(builder: DraftBuilder, fields: dict[str, Any] | list[Any]) -> None:
    """Read the fields that have types."""
    named = fields.items() if isinstance(fields, dict) else enumerate(fields)
    for name, member in named:
        field = part(member) or {"value": member}
        kind = as_text(field.get("type")) or ""
        value = field.get("value") or field.get("raw_value")
        title = (as_text(field.get("title")) or "").strip()
        if kind == "acceptance":
            take_answer(builder.consent, as_text(value) or "", ticked=True)
        elif kind not in _SAY_NOTHING:
            field_id = as_text(field.get("id")) or str(name)
            add(builder, title or field_id, value, kind=_sense(kind, title, field_id))


def _sense(kind: str, title: str, field_id: str) -> str | None:
    """What the value is; a long text only where its title has no meaning of its own."""
    of_type = _KINDS.get(kind)
    if of_type in {"phone", "email"}:
        return of_type
    return meaning(title) or meaning(field_id) or of_type


def _take_origin(builder: DraftBuilder, payload: dict[str, Any]) -> None:
    form, meta = part(payload.get("form")), part(payload.get("meta"))
    page = part(meta.get("page_url")).get("value", meta.get("page_url"))
    builder.campaign["form_id"] = as_text(form.get("id"))
    builder.campaign["form_name"] = as_text(form.get("name"))
    builder.campaign["page_url"] = as_text(page)
    address = part(meta.get("remote_ip")).get("value", meta.get("remote_ip"))
    note(builder.consent, "remote_ip", as_text(address) or "")


def _take_flat(builder: DraftBuilder, payload: dict[str, Any]) -> None:
    for label, value in payload.items():
        plain = folded(label)
        if plain in _AROUND:
            builder.campaign[_AROUND[plain]] = as_text(value)
        elif plain not in _PLUMBING:
            add(builder, label, value)
        else:
            note(builder.consent, label, as_text(value) or "")


CHANNEL = Channel(name="elementor", verify=by_address, verify_early=by_address, parse=parse)
