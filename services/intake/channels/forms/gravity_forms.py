"""Gravity Forms: an entry whose fields have numbers instead of labels, or names of the owner.

What the numbers mean tells the source: `options.fields` {"3": "phone"}, or `mapping`. Without it a
field of several parts that is built like a name is read as one, everything else by its shape.
"""

from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text
from services.intake.channels.parsing.mapping import mapped
from services.intake.channels.parsing.structured import structured_draft
from services.intake.channels.signatures import by_address
from services.intake.domain.requests import Content, RawRequest, SourceView
from services.intake.domain.spam import is_bot, verdict
from services.intake.domain.times import from_iso

_NAME_PARTS = {"3": "first_name", "4": "middle_name", "6": "last_name"}
_ONLY_IN_NAMES = frozenset({"2", "3", "4", "6", "8"})  # prefix, first, middle, last, suffix
_PLACES = frozenset({"city", "region", "product_interest", "subject"})
_NO_ID = frozenset({None, "", "0"})
_PLUMBING = frozenset(
    {
        "id", "form_id", "post_id", "date_created", "date_updated", "is_starred", "is_read", "ip",
        "source_url", "source_id", "user_agent", "currency", "payment_status", "payment_date",
        "payment_amount", "payment_method", "transaction_id", "transaction_type", "is_fulfilled",
        "created_by", "status",
    }
)  # fmt: skip


def parse(request: RawRequest, source: SourceView) -> Content:
    entry = document(request)
    builder = DraftBuilder(source.country)
    places = _take_fields(builder, entry, source.options.get("fields"))
    builder.campaign["form_id"] = as_text(entry.get("form_id"))
    builder.campaign["page_url"] = as_text(entry.get("source_url"))
    values = {
        **places,
        "external_id": _external_id(entry),
        "occurred_at": _in_utc(entry.get("date_created")),
        "amount": entry.get("payment_amount"),
        "currency": entry.get("currency") if entry.get("payment_amount") else None,
        **mapped(entry, source.mapping),
    }
    draft = structured_draft(values, source, builder, channel="form")
    if is_bot(as_text(entry.get("user_agent"))):
        draft = draft.model_copy(update={"spam": verdict({"bot"})})
    return Content(drafts=(draft,), external_id=draft.external_id)


def _take_fields(builder: DraftBuilder, entry: dict[str, Any], meanings: Any) -> dict[str, str]:
    """Sort the fields in; gives those that have a place of their own in the inquiry."""
    labels = meanings if isinstance(meanings, dict) else {}
    names = _name_fields(entry)
    places: dict[str, str] = {}
    for number, value in entry.items():
        if number in _PLUMBING:
            continue
        field, _, part = number.partition(".")
        label = as_text(labels.get(number)) or as_text(labels.get(field)) or number
        if part and (label == "name" or (label == number and field in names)):
            label = _NAME_PARTS.get(part, number)
        if label in _PLACES and (words := as_text(value)):
            places.setdefault(label, words)
        else:
            add(builder, label, value)
    return places


def _name_fields(entry: dict[str, Any]) -> set[str]:
    """The fields whose parts are those of a name: an address or a list of choices has others."""
    fields: dict[str, set[str]] = {}
    for number in entry:
        field, _, part = number.partition(".")
        if part:
            fields.setdefault(field, set()).add(part)
    return {field for field, parts in fields.items() if {"3", "6"} <= parts <= _ONLY_IN_NAMES}


def _external_id(entry: dict[str, Any]) -> str | None:
    """Form and entry; an entry that was not kept by the plugin has no number of its own."""
    entry_id = as_text(entry.get("id"))
    return f"{as_text(entry.get('form_id')) or ''}:{entry_id}" if entry_id not in _NO_ID else None


def _in_utc(value: Any) -> str | None:
    """The entry's time, which is UTC and does not say so."""
    words = as_text(value)
    return f"{words}+00:00" if words and from_iso(words, time_zone="UTC") else None


CHANNEL = Channel(name="gravity-forms", verify=by_address, verify_early=by_address, parse=parse)
