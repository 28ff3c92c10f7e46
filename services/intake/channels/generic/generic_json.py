"""Any sender of JSON or forms: read by the label table, overridden by a declarative mapping.

Values without a known label go to the fields, so nothing is lost without a mapping.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jmespath
from jmespath.exceptions import JMESPathError

from services.intake.channels.channel import Channel
from services.intake.channels.channel import delivery_key as common_delivery_key
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add
from services.intake.channels.parsing.mapping import mapped
from services.intake.channels.parsing.purchases import (
    PURCHASED_AT,
    check_options,
    purchase_content,
)
from services.intake.channels.parsing.structured import structured_draft
from services.intake.channels.signatures import (
    by_any,
    only_known,
    require_basic,
    require_hmac_hex,
    secret,
)
from services.intake.domain.labels import folded
from services.intake.domain.requests import (
    Answer,
    Content,
    Draft,
    RawRequest,
    SourceView,
)

_SIGNATURE = "x-hub-signature-256"
_SECRETS = {"secret": False, "basic_username": False, "basic_password": False}
# Objects that merely hold the customer's values; any other nested object is kept as a field.
_HOLDERS = frozenset({"contact", "customer", "client", "lead", "person", "fields", "data"})
_CHANNELS = frozenset({"call", "form", "email", "chat", "import"})


def verify(request: RawRequest, *sources: SourceView) -> None:
    """By the proof that the source is configured with: a signature, else basic, else none."""

    def check(source: SourceView) -> None:
        if "secret" in source.secrets:
            only_known(source, _SECRETS)
            require_hmac_hex(request, header=_SIGNATURE, key=secret(source, "secret"))
        else:
            _check_head(request, source)

    by_any(sources, check)


def verify_early(request: RawRequest, *sources: SourceView) -> None:
    by_any(sources, lambda source: _check_head(request, source))


def _check_head(request: RawRequest, source: SourceView) -> None:
    only_known(source, _SECRETS)
    if source.secrets:
        username, password = secret(source, "basic_username"), secret(source, "basic_password")
        require_basic(request, username=username, password=password)


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    if source.options.get("record") == "purchase":
        bought_at = None if PURCHASED_AT in source.mapping else request.received_at
        return purchase_content(mapped(payload, source.mapping), source, bought_at=bought_at)
    draft = draft_of(payload, payload, source)
    return Content(drafts=(draft,), external_id=draft.external_id)


def draft_of(payload: dict[str, Any], labelled: Mapping[str, Any], source: SourceView) -> Draft:
    """The inquiry in a payload: by the source's mapping, and by the label table what is labelled.

    Raises ChannelError, bad_mapping among others.
    """
    builder = DraftBuilder(source.country, is_escaped=source.options.get("escaped") is True)
    values = mapped(payload, source.mapping)
    mapping_labels = set(source.mapping.values())
    read_labelled(
        builder, {label: value for label, value in labelled.items() if label not in mapping_labels}
    )
    option = source.options.get("channel")
    channel = option if isinstance(option, str) and option in _CHANNELS else "form"
    return structured_draft(values, source, builder, channel=channel)


def answer(
    _request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    receipt = {"receipt_id": str(receipt_id), "duplicate": duplicate}
    return Answer(200, json.dumps(receipt).encode(), "application/json")


def delivery_key(request: RawRequest) -> str | None:
    return common_delivery_key(request) or request.header("x-github-delivery")


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Raise ValueError, which names the inquiry path, for an expression that does not compile."""
    for path, expression in mapping.items():
        try:
            jmespath.compile(expression)
        except (JMESPathError, ValueError, RecursionError):
            raise ValueError(path) from None


def read_labelled(builder: DraftBuilder, values: Mapping[str, Any]) -> None:
    """Sort values in by their labels; objects that merely hold values are looked into."""
    for label, value in values.items():
        if isinstance(value, dict) and folded(label) in _HOLDERS:
            read_labelled(builder, value)
        else:
            add(builder, label, value)


CHANNEL = Channel(
    name="generic-json",
    verify=verify,
    verify_early=verify_early,
    signature=_SIGNATURE,
    parse=parse,
    answer=answer,
    delivery_key=delivery_key,
    secrets=_SECRETS,
    check_options=check_options,
)
