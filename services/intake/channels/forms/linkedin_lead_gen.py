"""LinkedIn lead generation: signed notifications; the answers and their form are then fetched.

LinkedIn asks a challenge every two hours for ever. UNCONFIRMED: the notification, the fetched
documents, and whether the signature's header repeats the prefix that is signed.
"""

import hmac
import json
import re
from typing import Any
from urllib.parse import parse_qs

from services.intake.channels.channel import Channel
from services.intake.channels.channel import delivery_key as common_delivery_key
from services.intake.channels.forms import ad_answers
from services.intake.channels.forms.ad_answers import AdAnswers, words_of
from services.intake.channels.parsing.body import document, fetched
from services.intake.channels.parsing.draft import DraftBuilder, as_text
from services.intake.channels.parsing.members import part, parts
from services.intake.channels.signatures import by_any, require_hex, secret
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    FollowUp,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_milliseconds

_SECRETS = {"client_secret": True, "access_token": False}
_SIGNATURE = "x-li-signature"
_PREFIX = "hmacsha256="
_API = "https://api.linkedin.com/rest"
_VERSION = "202509"
# Only a UUID is answered: else a stranger could have a whole body signed as a challenge.
_CHALLENGE = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RESPONSE = re.compile(r"(?:urn:li:leadGenFormResponse:)?([A-Za-z0-9-]{1,100})")
_FORM = re.compile(r"urn:li:leadGenForm:([0-9]{1,40})")


def handshake(request: RawRequest, source: SourceView) -> Answer | None:
    if request.method != "GET" or len(request.query) > 2000:
        return None
    challenge = parse_qs(request.query, max_num_fields=20).get("challengeCode", [""])[0]
    key = source.secrets.get("client_secret")
    if not key or not _CHALLENGE.fullmatch(challenge):
        return None
    response = hmac.digest(key.encode("utf-8", "surrogatepass"), challenge.encode(), "sha256").hex()
    body = {"challengeCode": challenge, "challengeResponse": response}
    return Answer(200, json.dumps(body).encode(), "application/json")


def verify(request: RawRequest, *sources: SourceView) -> None:
    def check(source: SourceView) -> None:
        key = secret(source, "client_secret")
        before = _PREFIX.encode()
        require_hex(request, header=_SIGNATURE, key=key, before=before, prefix=_PREFIX)

    by_any(sources, check)


def delivery_key(request: RawRequest) -> str | None:
    return common_delivery_key(request) or request.header("x-li-delivery-id")


def parse(request: RawRequest, source: SourceView) -> Content:
    event = document(request)
    response = as_text(event.get("leadGenFormResponse")) or ""
    match = _RESPONSE.fullmatch(response)
    if match is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    if as_text(event.get("leadAction")) not in {None, "CREATED"}:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    lead_id = match.group(1)
    form_id = next(iter(_FORM.findall(as_text(event.get("leadGenForm")) or "")), None)
    follow_ups = _follow_ups(request, source, lead_id=lead_id, form_id=form_id)
    if follow_ups:
        return ad_answers.content([], follow_ups)
    lead, form = (fetched(request, name) for name in (lead_id, f"form {form_id}"))
    answers = _answers(lead, form, source)
    campaign = answers.builder.campaign
    campaign["form_id"], campaign["form_name"] = form_id, as_text(form.get("name"))
    origin = {**part(event.get("owner")), **part(event.get("associatedEntity"))}
    campaign["ad"] = words_of(origin, ("creative", "sponsoredAccount", "organization"))
    draft = answers.build(
        source,
        external_id=lead_id,
        occurred_at=from_milliseconds(lead.get("submittedAt") or event.get("occurredAt")),
        is_test=lead.get("testLead") is True,
    )
    return ad_answers.content([draft])


def _follow_ups(
    request: RawRequest, source: SourceView, *, lead_id: str, form_id: str | None
) -> list[FollowUp]:
    """The lead and the form's questions, as far as they have not been fetched."""
    token = source.secrets.get("access_token")
    if not token:
        return []
    headers = (
        ("Authorization", f"Bearer {token}"),
        ("LinkedIn-Version", _VERSION),
        ("X-Restli-Protocol-Version", "2.0.0"),
    )
    follow_ups = [FollowUp(lead_id, f"{_API}/leadFormResponses/{lead_id}", headers)]
    if form_id is not None:
        follow_ups.append(FollowUp(f"form {form_id}", f"{_API}/leadForms/{form_id}", headers))
    return [one for one in follow_ups if one.name not in request.fetched]


def _answers(lead: dict[str, Any], form: dict[str, Any], source: SourceView) -> AdAnswers:
    answers = AdAnswers(DraftBuilder(source.country))
    questions = dict(_questions(form))
    for answer in parts(part(lead.get("formResponse")).get("answers")):
        question_id = as_text(answer.get("questionId")) or ""
        key, question = questions.get(question_id, (question_id, None))
        answers.add(key or question or question_id, _value(answer), question=question)
    return answers


def _questions(form: dict[str, Any]) -> list[tuple[str, tuple[str, str | None]]]:
    """Question id → its predefined field or name, and the words that people saw."""
    content = part(form.get("content"))
    return [
        (
            as_text(question.get("questionId")) or "",
            (
                as_text(question.get("predefinedField")) or as_text(question.get("name")) or "",
                _localised(question.get("question")) or _localised(question.get("label")),
            ),
        )
        for question in parts(content.get("questions", form.get("questions")))
    ]


def _localised(value: Any) -> str | None:
    """Words that stand there themselves, or in the first of several languages."""
    languages = part(part(value).get("localized")).values()
    return as_text(value) or next(filter(None, map(as_text, languages)), None)


def _value(answer: dict[str, Any]) -> Any:
    details = part(answer.get("answerDetails"))
    choices = part(details.get("multipleChoiceAnswer"))
    return part(details.get("textQuestionAnswer")).get("answer") or choices.get("options")


CHANNEL = Channel(
    name="linkedin-lead-gen",
    fetch_hosts=frozenset({"api.linkedin.com"}),
    verify=verify,
    signature=_SIGNATURE,
    parse=parse,
    handshake=handshake,
    delivery_key=delivery_key,
    secrets=_SECRETS,
)
