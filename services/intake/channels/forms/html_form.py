"""A plain HTML form that posts straight to its source, with or without the product's snippet.

Invariant: any form is kept. What looks like a robot's is marked; nobody is told, nothing is lost.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from services.intake.channels.channel import Channel
from services.intake.channels.forms import origins
from services.intake.channels.forms.thank_you import language_of, thank_you
from services.intake.channels.parsing import forms
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.consents import take_answer
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.parsing.page_address import add_page
from services.intake.channels.signatures import by_address
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.spam import is_bot, verdict
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import whole
from shared.contracts.inquiry import Attachment, Spam

HONEYPOT: Final = "lf_website"  # the name of the field that people do not see, unless configured
OWN: Final = "lf_"  # how the names of the snippet's own fields begin
LEAST_FILLING_MILLISECONDS: Final = 2_000  # between the page's appearance and the form's departure
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOT_KEPT: Final = "files_are_not_kept"


def handshake(request: RawRequest, _source: SourceView) -> Answer | None:
    """Whoever merely looks at the address has sent no form."""
    if request.method in {"GET", "HEAD"} and not request.query:
        return Answer(405, headers=(("Allow", "POST, OPTIONS"),))
    return None


def parse(request: RawRequest, source: SourceView) -> Content:
    values, files = _read(request)
    trap = as_text(source.options.get("honeypot")) or HONEYPOT
    builder = DraftBuilder(source.country)
    is_trapped = False
    for label, value in values.items():
        if label == trap and value:
            is_trapped = True
            builder.fields[label] = value
        elif not label.startswith(OWN):
            add(builder, label.removesuffix("[]"), value)
    own = {name: as_text(value) or "" for name, value in values.items() if name.startswith(OWN)}
    builder.campaign["form_name"] = own.get("lf_form")
    builder.campaign["referrer"] = own.get("lf_referrer")
    _take_consent(builder, own)
    add_page(builder, own.get("lf_page") or request.header("referer") or "")
    external_id = _external_id(own, values)
    draft = build(
        builder,
        source,
        channel="form",
        external_id=external_id,
        spam=_spam(request, own, is_trapped=is_trapped),
    ).model_copy(update={"attachments": files})
    return Content(drafts=(draft,), external_id=external_id)


def _take_consent(builder: DraftBuilder, own: Mapping[str, str]) -> None:
    """What the snippet tells; a box that is not ticked is told as "no", and is no refusal."""
    answers = builder.consent
    answers.text_version = own.get("lf_consent_text") or None
    answers.text = own.get("lf_consent_shown") or answers.text
    if own.get("lf_consent") == "no":
        answers.by_purpose.clear()
    elif own.get("lf_consent"):
        take_answer(answers, own["lf_consent"])


def _read(request: RawRequest) -> tuple[dict[str, Any], tuple[Attachment, ...]]:
    """The values by name, and the files, of which only names and sizes are kept."""
    boundary = forms.multipart_boundary(request) if request.body else None
    if boundary is None:
        return document(request), ()
    parts = forms.multipart_parts(request.body, boundary)
    values = forms.together((part.name, part.value) for part in parts if part.file is None)
    files = tuple(
        part.file.model_copy(update={"refused": _NOT_KEPT})
        for part in parts
        if part.file is not None and (part.file.name or part.file.size_bytes)
    )
    if not files and not any(values.values()):
        raise ChannelError(QuarantineReason.EMPTY)
    return values, files


def _external_id(own: Mapping[str, str], values: Mapping[str, Any]) -> str | None:
    """The page's visit and what was filled in: a form sent twice by an impatient click is one.

    Without the snippet's random id nothing tells two equal forms apart.
    """
    visit = own.get("lf_id", "")
    if not _ID.fullmatch(visit):
        return None
    words = {name: value for name, value in values.items() if not name.startswith(OWN)}
    digest = hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()
    return f"{visit}:{digest[:16]}"


def _spam(request: RawRequest, own: Mapping[str, str], *, is_trapped: bool) -> Spam:
    milliseconds = whole(own.get("lf_ms"))
    is_fast = milliseconds is not None and milliseconds < LEAST_FILLING_MILLISECONDS
    signs = {
        "honeypot": is_trapped,
        "filled_too_fast": is_fast,
        "bot": is_bot(request.header("user-agent")),
    }
    return verdict(sign for sign, is_there in signs.items() if is_there)


def answer(request: RawRequest, source: SourceView, *, receipt_id: UUID, duplicate: bool) -> Answer:
    """JSON for a script, the configured page for a browser, or else a page of our own."""
    headers = origins.headers(request, source)
    if _is_script(request):
        body = {"receipt_id": str(receipt_id), "duplicate": duplicate}
        return Answer(200, json.dumps(body).encode(), "application/json", headers)
    address = source.options.get("thank_you_url")
    if isinstance(address, str) and origins.is_web_address(address):
        return Answer(303, headers=(("Location", address), *headers))
    accepted = request.header("accept-language") or ""
    page = thank_you(language_of(accepted, country=source.country))
    return Answer(page.status, page.body, page.content_type, (*page.headers, *headers))


def _is_script(request: RawRequest) -> bool:
    accepts = request.header("accept") or ""
    mode = request.header("sec-fetch-mode") or ""
    return (
        "application/json" in accepts.lower()
        or mode in {"cors", "same-origin"}
        or request.header("x-requested-with") is not None
    )


CHANNEL = Channel(
    name="html-form",
    verify=by_address,
    verify_early=by_address,
    parse=parse,
    handshake=handshake,
    preflight=origins.preflight,
    answer=answer,
    check_options=origins.check_options,
    mail=True,
    by_visitors=True,
)
