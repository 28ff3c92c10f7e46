"""The product's own bodies, `POST /v1/inquiries` and `POST /v1/purchases`, already checked against
their schemas.

Invariant: the bearer token is the proof, so a native source is never reached through a hook.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.json_text import json_object_and_earlier
from services.intake.channels.parsing.purchases import purchase_content
from services.intake.channels.parsing.structured import structured_draft
from services.intake.domain.labels import without_cookies
from services.intake.domain.purchases import PLACES
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import QuarantineReason

PURCHASES: Final = "purchases"  # below the address of a native request: it tells of an order


def as_purchase(payload: dict[str, Any]) -> dict[str, Any]:
    """The body of `POST /v1/purchases` by the places of a mapping."""
    order = {name: payload.get(name) for name in PLACES}
    rest = {name: value for name, value in payload.items() if name in {"contact", "region"}}
    return {**rest, "purchase": order}


def verify(_request: RawRequest, *_sources: SourceView) -> None:
    """Raise Unauthenticated: the token of a native caller is checked before the channel."""
    raise Unauthenticated


def parse(request: RawRequest, source: SourceView) -> Content:
    payload, earlier = json_object_and_earlier(text_of(request.body, request.content_type))
    if request.rest == PURCHASES:
        return purchase_content(as_purchase(payload), source, bought_at=request.received_at)
    channel = payload.get("channel")
    if not isinstance(channel, str) or not channel:
        raise ChannelError(QuarantineReason.INVALID_BODY)
    draft = structured_draft(payload, source, DraftBuilder(source.country), channel=channel)
    if earlier:
        draft = draft.model_copy(update={"fields": _with_earlier(draft.fields, earlier)})
    return Content(drafts=(draft,), external_id=draft.external_id)


def _with_earlier(
    fields: Mapping[str, Any], earlier: Mapping[str, Sequence[Any]]
) -> Mapping[str, Any]:
    """A member that is there several times is read as the last one says; what the others say has no
    place of its own, and is kept beside all else that has none.
    """
    rest = dict(fields)
    for place, values in earlier.items():
        label, number = place, 1
        while label in rest:
            number += 1
            label = f"{place}_{number}"
        rest |= without_cookies({label: values[0] if len(values) == 1 else list(values)})
    return rest


CHANNEL = Channel(name="native", verify=verify, parse=parse)
