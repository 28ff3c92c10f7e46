"""WPForms: the fields that the site owner chose, as JSON or as a form. UNCONFIRMED altogether.

The light edition keeps no entries and calls each of them 0, which tells nothing apart.
"""

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.brackets import nested
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.signatures import by_address
from services.intake.domain.labels import folded
from services.intake.domain.requests import Content, RawRequest, SourceView

_AROUND = {
    "formid": "form_id",
    "formname": "form_name",
    "formtitle": "form_name",
    "pageurl": "page_url",
    "referer": "page_url",
}
_HOLDERS = ("fields", "data")


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request, join=nested)
    builder = DraftBuilder(source.country)
    entry_id = None
    for label, value in _members(payload):
        plain = folded(label)
        if plain == "entryid":
            entry_id = as_text(value)
        elif plain in _AROUND:
            builder.campaign.setdefault(_AROUND[plain], as_text(value))
        elif isinstance(value, dict) and "value" in value:
            add(builder, as_text(value.get("name")) or label, value["value"])
        else:
            add(builder, label, value)
    external_id = entry_id if entry_id not in {None, "", "0"} else None
    draft = build(builder, source, channel="form", external_id=external_id)
    return Content(drafts=(draft,), external_id=external_id)


def _members(payload: dict[str, object]) -> list[tuple[str, object]]:
    """The members, and those of the objects that merely hold fields."""
    members: list[tuple[str, object]] = []
    for label, value in payload.items():
        members += (
            value.items() if label in _HOLDERS and isinstance(value, dict) else [(label, value)]
        )
    return members


CHANNEL = Channel(name="wpforms", verify=by_address, verify_early=by_address, parse=parse)
