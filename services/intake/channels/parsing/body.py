"""A body as one object, whether it is JSON, url-encoded or multipart.

Invariant: the bytes decide if they contradict the content type, so a wrong header loses no lead.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from services.intake.channels.parsing import charsets, forms
from services.intake.channels.parsing.json_text import json_object
from services.intake.domain.requests import ChannelError, RawRequest
from services.intake.domain.states import QuarantineReason

_LOOKS_LIKE_FORM = re.compile(r"\A[^\s=&{}\[\]\"<>]{1,300}=")
_BLANK = "\ufeff \t\r\n\x00"
# Some senders put the whole JSON document into one form field.
_CARRIERS = frozenset({"payload", "json", "data", "data.json"})


Join = Callable[[Iterable[tuple[str, str]]], dict[str, Any]]


def document(request: RawRequest, *, join: Join = forms.together) -> dict[str, Any]:
    """The content of the request as an object, a form's pairs joined by `join`.

    Raises ChannelError with the quarantine reason.
    """
    if not request.body.strip():
        pairs = forms.query_pairs(request) if request.method == "GET" else []
        return _filled(join(pairs))
    boundary = forms.multipart_boundary(request)
    if boundary is not None:
        return _unwrapped(join(forms.multipart_pairs(request.body, boundary)))
    says_form = "x-www-form-urlencoded" in request.content_type.lower()
    if says_form and not _opens_json(request.body):
        return _unwrapped(join(forms.url_pairs(request.body, request.content_type)))
    text = charsets.text_of(request.body, request.content_type)
    try:
        return _filled(json_object(text))
    except ChannelError as error:
        is_form = _LOOKS_LIKE_FORM.match(text.lstrip(_BLANK))
        if error.reason is not QuarantineReason.BAD_JSON or not is_form:
            raise
    return _unwrapped(join(forms.url_pairs(request.body, request.content_type)))


def fetched(request: RawRequest, name: str) -> dict[str, Any]:
    """The JSON object that was fetched under that name; an empty one where there is none."""
    answer = request.fetched.get(name)
    try:
        return json_object(charsets.text_of(answer, "")) if answer else {}
    except ChannelError:
        return {}


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
