"""A body as one object, whether it is JSON, url-encoded or multipart.

Invariant: the bytes decide if they contradict the content type, so a wrong header loses no lead.
"""

import re
from typing import Any

from services.intake.channels.parsing import charsets, forms
from services.intake.channels.parsing.json_text import json_object
from services.intake.domain.requests import ChannelError, RawRequest
from services.intake.domain.states import QuarantineReason

_LOOKS_LIKE_FORM = re.compile(r"\A[^\s=&{}\[\]\"<>]{1,300}=")
_BLANK = "\ufeff \t\r\n\x00"
# Some senders put the whole JSON document into one form field.
_CARRIERS = frozenset({"payload", "json", "data", "data.json"})


def document(request: RawRequest) -> dict[str, Any]:
    """The content of the request as an object. Raises ChannelError with the quarantine reason."""
    if not request.body.strip():
        pairs = forms.query_pairs(request) if request.method == "GET" else []
        return _filled(forms.together(pairs))
    boundary = forms.multipart_boundary(request)
    if boundary is not None:
        return _unwrapped(forms.together(forms.multipart_pairs(request.body, boundary)))
    says_form = "x-www-form-urlencoded" in request.content_type.lower()
    if says_form and not _opens_json(request.body):
        return _unwrapped(forms.together(forms.url_pairs(request.body, request.content_type)))
    text = charsets.text_of(request.body, request.content_type)
    try:
        return _filled(json_object(text))
    except ChannelError as error:
        is_form = _LOOKS_LIKE_FORM.match(text.lstrip(_BLANK))
        if error.reason is not QuarantineReason.BAD_JSON or not is_form:
            raise
    return _unwrapped(forms.together(forms.url_pairs(request.body, request.content_type)))


def _opens_json(body: bytes) -> bool:
    return body[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")[:1] in {b"{", b"["}


def _unwrapped(pairs: dict[str, Any]) -> dict[str, Any]:
    if len(pairs) == 1:
        name, value = next(iter(pairs.items()))
        if name in _CARRIERS and isinstance(value, str) and value.lstrip().startswith("{"):
            return _filled(json_object(value))
    return _filled(pairs)


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    if not any(value not in (None, "", [], {}) for value in members.values()):
        raise ChannelError(QuarantineReason.EMPTY)
    return members
