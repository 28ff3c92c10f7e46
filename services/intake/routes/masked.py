"""A stored request as everybody but an administrator sees it.

Invariant: it is parsed and its values are masked; what cannot be parsed is not shown.
"""

import json
from typing import TypedDict

from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.forms import query_pairs
from services.intake.domain.masking import masked_headers, masked_query, masked_text, masked_tree
from services.intake.domain.requests import ChannelError, RawRequest
from services.intake.domain.secret_search import SecretSet

MAX_SHOWN_BYTES = 1_048_576  # a larger body is shown to an administrator only


class MaskedRequest(TypedDict):
    """`query` and `body` are None if they cannot be shown; the body is JSON in any case."""

    rest: str
    query: str | None
    headers: dict[str, str]
    body: str | None


def show_masked(request: RawRequest, secrets: SecretSet) -> MaskedRequest:
    return {
        "rest": masked_text(request.rest, secrets),
        "query": _query(request, secrets),
        "headers": masked_headers(request.headers, secrets),
        "body": show_masked_body(request, secrets),
    }


def show_masked_body(request: RawRequest, secrets: SecretSet) -> str | None:
    if len(request.body) > MAX_SHOWN_BYTES:
        return None
    try:
        content = document(request)
    except ChannelError:
        return None
    return json.dumps(masked_tree(content, secrets), ensure_ascii=False)


def _query(request: RawRequest, secrets: SecretSet) -> str | None:
    try:
        return masked_query(query_pairs(request), secrets)
    except ChannelError:
        return None
