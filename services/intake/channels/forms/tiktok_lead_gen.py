"""TikTok lead generation: a lead, or several, in a JSON whose members are UNCONFIRMED.

Also UNCONFIRMED whether its business surface signs, so a source without `app_secret` is proved by
its address alone; with it every request must be signed.
"""

from collections.abc import Iterator
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.forms import ad_answers
from services.intake.channels.forms.ad_answers import AdAnswers, single, words_of
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, as_text
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.parsing.members import part, parts
from services.intake.channels.signatures import (
    by_address,
    by_any,
    only_known,
    require_timed_hex,
    secret,
)
from services.intake.domain.requests import (
    ChannelError,
    Content,
    Draft,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any, from_milliseconds

_SIGNATURE = "tiktok-signature"
_SECRETS = {"app_secret": False}
_ANSWERS = ("changes", "field_data", "answers")
_AD = ("advertiser_id", "campaign_id", "campaign_name", "adgroup_id", "adgroup_name", "ad_id",
       "ad_name", "page_id", "page_name")  # fmt: skip


def verify(request: RawRequest, *sources: SourceView) -> None:
    def check(source: SourceView) -> None:
        only_known(source, _SECRETS)
        if source.secrets:
            key = secret(source, "app_secret")
            require_timed_hex(request, header=_SIGNATURE, key=key, name="s")

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = _opened(document(request))
    leads = list(_leads(payload))
    if not leads and "entry" not in payload and "object" not in payload:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return ad_answers.content([_draft(lead, source) for lead in leads])


def _opened(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload; the developer platform's wrapper holds it as text under `content`."""
    inner = payload.get("content")
    if isinstance(inner, str) and inner.lstrip().startswith("{"):
        try:
            return {**payload, **json_object(inner)}
        except ChannelError:
            return payload
    return {**payload, **part(inner)}


def _leads(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    entry = payload.get("entry", payload.get("data"))
    items = parts(entry) or [part(entry)]
    for item in (payload, *items):
        if as_text(item.get("lead_id")) or any(parts(item.get(name)) for name in _ANSWERS):
            yield item


def _draft(lead: dict[str, Any], source: SourceView) -> Draft:
    answers = AdAnswers(DraftBuilder(source.country))
    for item in (item for name in _ANSWERS for item in parts(lead.get(name))):
        key = as_text(item.get("field")) or as_text(item.get("name")) or ""
        value = single(item.get("value", item.get("values")))
        answers.add(key, value, question=as_text(item.get("question")))
    campaign = answers.builder.campaign
    campaign["form_id"] = as_text(lead.get("form_id"))
    campaign["form_name"] = as_text(lead.get("form_name"))
    campaign["ad"] = words_of(lead, _AD)
    created_at = lead.get("create_time")
    return answers.build(
        source,
        external_id=as_text(lead.get("lead_id")) or None,
        occurred_at=from_any(created_at, time_zone="UTC") or from_milliseconds(created_at),
        is_test=str(lead.get("is_test")).lower() in {"true", "1"},
    )


CHANNEL = Channel(
    name="tiktok-lead-gen",
    verify=verify,
    verify_early=by_address,
    signature=_SIGNATURE,
    parse=parse,
    secrets=_SECRETS,
)
