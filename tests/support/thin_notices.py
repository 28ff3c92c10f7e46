"""A channel whose requests only name the documents in which the inquiry stands.

`{"documents": ["one"], "name": "Anna"}` is read from one document of that name; `"thin": true`
gives an inquiry by the name alone as long as the document is missing.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from services.intake import channels
from services.intake.channels import apart
from services.intake.channels.channel import Channel
from services.intake.domain.requests import Content, FollowUp, RawRequest, SourceView

TARGET = "tests.support.thin_notices:answer"
HOST = "documents.example"
_generic = channels.CHANNELS["generic-json"]


def _thin(request: RawRequest, source: SourceView) -> Content:
    body = json.loads(request.body)
    names = body.pop("documents", [])
    missing = [name for name in names if name not in request.fetched]
    token = source.options.get("token", "")
    host = body.pop("host", HOST)
    follow_ups = tuple(
        FollowUp(name, f"https://{host}/{name}", (("authorization", f"Bearer {token}"),))
        for name in missing
    )
    is_thin = body.pop("thin", False)
    for name in names:
        if name in request.fetched:
            body |= json.loads(request.fetched[name])
    content = Content()
    if is_thin or not missing:
        whole = replace(request, body=json.dumps(body).encode())
        content = _generic.parse(whole, source)
    return replace(content, follow_ups=follow_ups)


CHANNELS: Mapping[str, Channel] = {
    **channels.CHANNELS,
    "generic-json": replace(_generic, parse=_thin, fetch_hosts=frozenset({HOST})),
}


def answer(request: bytes) -> bytes:
    return apart.answer(request, CHANNELS)
