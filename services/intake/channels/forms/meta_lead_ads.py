"""Facebook and Instagram lead ads: signed notifications of leads, which are then fetched.

Relays put the answers into the notification itself: these are read at once. The dashboard's test
names pages and leads that do not exist. UNCONFIRMED: their ids 0 and 444444444444.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from services.intake.channels.channel import Channel
from services.intake.channels.forms import ad_answers
from services.intake.channels.forms.ad_answers import AdAnswers, single, words_of
from services.intake.channels.parsing.body import document, fetched
from services.intake.channels.parsing.draft import DraftBuilder, as_text
from services.intake.channels.parsing.members import part, parts
from services.intake.channels.signatures import by_any, require_hmac_hex, same, secret
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    Draft,
    FollowUp,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any

_SIGNATURE = "x-hub-signature-256"
_SECRETS = {"app_secret": True, "verify_token": True, "access_token": True}
_GRAPH = "https://graph.facebook.com/v23.0"
_ASKED = (
    "id,created_time,field_data,form_id,ad_id,ad_name,adset_id,adset_name,campaign_id,"
    "campaign_name,is_organic,platform"
)
_AD = ("ad_id", "ad_name", "adset_id", "adset_name", "adgroup_id", "campaign_id", "campaign_name",
       "page_id", "platform", "is_organic")  # fmt: skip
_ID = re.compile(r"[0-9]{1,40}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_DUMMIES = frozenset({"0", "444444444444"})
_DUMMY_ANSWER = "<test lead:"


def handshake(request: RawRequest, source: SourceView) -> Answer | None:
    """The challenge, for a subscriber who knows our token."""
    if request.method != "GET" or len(request.query) > 2000:
        return None
    query = parse_qs(request.query, max_num_fields=20)
    challenge = query.get("hub.challenge", [""])[0]
    token = query.get("hub.verify_token", [""])[0]
    is_known = same(token, source.secrets.get("verify_token") or "") and token != ""
    is_subscription = query.get("hub.mode") == ["subscribe"]
    if not (is_known and is_subscription and _CHALLENGE.fullmatch(challenge)):
        return None
    return Answer(200, challenge.encode(), "text/plain; charset=utf-8")


def verify(request: RawRequest, *sources: SourceView) -> None:
    def check(source: SourceView) -> None:
        require_hmac_hex(request, header=_SIGNATURE, key=secret(source, "app_secret"))

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    if "entry" not in payload and "field_data" not in payload:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    drafts, follow_ups = [], []
    for lead in _leads(payload):
        lead_id = as_text(lead.get("leadgen_id")) or as_text(lead.get("id"))
        is_test = any(as_text(lead.get(name)) in _DUMMIES for name in ("page_id", "leadgen_id"))
        is_thin = "field_data" not in lead and not is_test
        if is_thin and lead_id and _ID.fullmatch(lead_id) and lead_id not in request.fetched:
            follow_ups.append(_follow_up(lead_id, source))
        whole_lead = {**lead, **fetched(request, lead_id or "")}
        drafts.append(_draft(whole_lead, source, lead_id=lead_id, is_test=is_test))
    return ad_answers.content(drafts, follow_ups)


def _leads(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "field_data" in payload:
        yield payload
    for entry in parts(payload.get("entry")):
        for change in parts(entry.get("changes")):
            if change.get("field", "leadgen") == "leadgen" and part(change.get("value")):
                yield {"page_id": entry.get("id"), **part(change.get("value"))}


def _follow_up(lead_id: str, source: SourceView) -> FollowUp:
    token = source.secrets.get("access_token", "")
    return FollowUp(
        lead_id,
        f"{_GRAPH}/{lead_id}?fields={_ASKED}",
        (("Authorization", f"Bearer {token}"),),
    )


def _draft(
    lead: dict[str, Any], source: SourceView, *, lead_id: str | None, is_test: bool
) -> Draft:
    answers = AdAnswers(DraftBuilder(source.country))
    for item in parts(lead.get("field_data")):
        value = single(item.get("values", item.get("value")))
        is_test = is_test or str(value).startswith(_DUMMY_ANSWER)
        answers.add(as_text(item.get("name")) or "", value)
    campaign = answers.builder.campaign
    campaign["form_id"] = as_text(lead.get("form_id"))
    campaign["form_name"] = as_text(lead.get("form_name"))
    campaign["ad"] = words_of(lead, _AD)
    return answers.build(
        source,
        external_id=lead_id,
        occurred_at=from_any(lead.get("created_time"), time_zone="UTC"),
        is_test=is_test,
    )


CHANNEL = Channel(
    name="meta-lead-ads",
    fetch_hosts=frozenset({"graph.facebook.com"}),
    verify=verify,
    signature=_SIGNATURE,
    parse=parse,
    handshake=handshake,
    secrets=_SECRETS,
)
