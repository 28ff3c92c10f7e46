"""Tilda site forms. Handshake `test=test`; the fields have the site owner's own labels.

Invariant: of COOKIES only TILDAUTM is read; the rest belongs to other sites.
"""

import re
from typing import Any
from urllib.parse import unquote

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import body, forms
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.parsing.short_values import short_values
from services.intake.channels.signatures import by_any, only_known, same, secret
from services.intake.domain import labels
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from shared.text import storable

_SECRETS = {"api_key": False}
_FORM_IDS = {
    "formid": "form_id",
    "formname": "form_name",
    "tildaspecformname": "form_name",
    "referer": "page_url",
    "tildaspecreferer": "page_url",
}
_UTM_BREAK = re.compile(r"\|{2,3}(?:amp;)?")
_PLUMBING = frozenset({"tranid", "formid", "test", "tildaspecformid", "tildaspecpageid"})


def handshake(request: RawRequest, _source: SourceView) -> Answer | None:
    """Tilda posts `test=test`, key or no key, when the webhook is saved."""
    if len(request.body) > 500:
        return None
    try:
        pairs = forms.url_pairs(request.body, request.content_type)
    except ChannelError:
        return None
    is_test = ("test", "test") in pairs and not any(name == "tranid" for name, _ in pairs)
    return Answer(200, b"ok", "text/plain; charset=utf-8") if is_test and len(pairs) <= 2 else None


def verify(request: RawRequest, *sources: SourceView) -> None:
    """By the optional API key, in a header, a field or the query, under any name."""
    longest = max(len(source.secrets.get("api_key", "").encode()) for source in sources)
    candidates = [value.removeprefix("Bearer ").encode() for _, value in request.headers]
    if longest:
        candidates += short_values(request.query.encode(), longest=longest)
        candidates += short_values(request.body, longest=longest)

    def check(source: SourceView) -> None:
        only_known(source, _SECRETS)
        if "api_key" in source.secrets:
            key = secret(source, "api_key")
            matches = [same(value, key) for value in candidates]
            if not any(matches):
                raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = body.document(request)
    builder = DraftBuilder(source.country)
    tranid = as_text(payload.get("tranid")) or None
    for label, value in payload.items():
        plain = labels.folded(label)
        if plain == "cookies":
            _take_utm(builder, value)
        elif plain in _FORM_IDS and isinstance(value, str):
            if value.strip():
                builder.campaign.setdefault(_FORM_IDS[plain], value.strip())
        elif plain not in _PLUMBING:
            add(builder, label, value)
    draft = build(builder, source, channel="form", external_id=tranid)
    return Content(drafts=(draft,), external_id=tranid)


def _take_utm(builder: DraftBuilder, cookies: Any) -> None:
    """`TILDAUTM=<percent-encoded utm_source=…|||utm_medium=…>` among the visitor's cookies."""
    for cookie in str(cookies).split(";"):
        name, _, value = cookie.strip().partition("=")
        if name != "TILDAUTM":
            continue
        for piece in _UTM_BREAK.split(storable(unquote(value))):
            label, _, words = piece.partition("=")
            sense = labels.meaning(label)
            if sense and (sense.startswith("utm_") or sense in labels.CLICK_IDS):
                add(builder, sense, words)


CHANNEL = Channel(
    name="tilda",
    verify=verify,
    verify_early=verify,
    parse=parse,
    handshake=handshake,
    secrets=_SECRETS,
)
