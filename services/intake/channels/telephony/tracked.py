"""What call tracking services without signatures have in common: their address is the proof."""

from dataclasses import replace
from typing import Any

from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_any, only_known
from services.intake.domain.requests import RawRequest, SourceView

_CAMPAIGN = {
    "landing_page": "page_url",
    "landingpage": "page_url",
    "url": "page_url",
    "referrer": "referrer",
    "ref": "referrer",
}


def verify(request: RawRequest, *sources: SourceView) -> None:
    """Whoever knows the source's key is the source; there is no secret beside it."""
    del request
    by_any(sources, lambda source: only_known(source, {}))


def parameters(request: RawRequest) -> dict[str, Any]:
    """The event's members, of the body or, where it is empty, of the query."""
    if request.body.strip():
        return document(request)
    return document(replace(request, method="GET"))


def add_origin(builder: DraftBuilder, event: JsonReader) -> None:
    """The visit that the call came from: pages, campaign and click ids."""
    for theirs, ours in _CAMPAIGN.items():
        if words := event.words(theirs):
            builder.campaign.setdefault(ours, words)
    custom = event.part("custom_fields").values or _listed(event.values.get("custom_fields"))
    for label, value in custom.items():
        add(builder, label, value)
    for label, value in event.values.items():
        if label.lower().startswith("utm_"):
            add(builder, label.lower(), value)


def _listed(value: Any) -> dict[str, Any]:
    """Custom fields as a list of names and values."""
    items = value if isinstance(value, list) else []
    readers = [JsonReader(item) for item in items if isinstance(item, dict)]
    return {
        name: reader.values.get("value") for reader in readers if (name := reader.words("name"))
    }
