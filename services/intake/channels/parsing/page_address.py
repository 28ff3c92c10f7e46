"""What the address of a page tells of a campaign."""

from urllib.parse import parse_qsl, urlsplit

from services.intake.channels.parsing.draft import DraftBuilder, add
from services.intake.domain import labels

_LONGEST = 4_000
_MOST_FIELDS = 100


def add_page(builder: DraftBuilder, address: str) -> None:
    """Add the page, and the UTM marks and click ids of its query that are not known already."""
    text = address.strip()[:_LONGEST]
    if not text.lower().startswith(("http://", "https://")):
        return
    builder.campaign["page_url"] = text
    try:
        pairs = parse_qsl(urlsplit(text).query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return
    for label, value in pairs:
        sense = labels.meaning(label)
        is_mark = sense is not None and (sense.startswith("utm_") or sense in labels.CLICK_IDS)
        if sense and is_mark and not (builder.campaign.get(sense) or builder.click_ids.get(sense)):
            add(builder, sense, value)
