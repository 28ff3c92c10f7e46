"""A row of an imported table: columns by their place in the inquiry, the others by their labels.

Invariant: rows come from an import of ours only, so such a source is never reached through a hook.
"""

from services.intake.channels.channel import Channel
from services.intake.channels.generic.generic_json import read_labelled
from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.parsing.mapping import lay
from services.intake.channels.parsing.purchases import purchase_content
from services.intake.channels.parsing.structured import structured_draft
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import QuarantineReason


def verify(_request: RawRequest, *_sources: SourceView) -> None:
    """Raise Unauthenticated: whoever imports has proved themselves by a token."""
    raise Unauthenticated


def parse(request: RawRequest, source: SourceView) -> Content:
    """`{"row": {column: cell}, "columns": {column: place}, "constants": {place: value}}`."""
    payload = json_object(text_of(request.body, request.content_type))
    row, columns, constants = (
        value if isinstance(value := payload.get(name), dict) else {}
        for name in ("row", "columns", "constants")
    )
    if not row:
        raise ChannelError(QuarantineReason.EMPTY)
    builder = DraftBuilder(source.country)
    inquiry = dict[str, object]()
    for place, value in constants.items():
        lay(inquiry, str(place).split("."), value)
    for column, place in columns.items():
        if row.get(column):
            lay(inquiry, str(place).split("."), row[column])
    if "purchase" in inquiry:
        return purchase_content(inquiry, source, bought_at=request.received_at)
    read_labelled(builder, {name: cell for name, cell in row.items() if name not in columns})
    draft = structured_draft(inquiry, source, builder, channel="import")
    return Content(drafts=(draft,), external_id=draft.external_id)


CHANNEL = Channel(name="csv-import", verify=verify, parse=parse)
