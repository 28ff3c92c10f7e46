"""Google Ads lead forms: one lead a request, proved by the `google_key` in its body.

Every test has the same lead id. UNCONFIRMED: whether Google tries again after a refusal.
"""

from typing import Any

from services.intake.channels.body_proofs import by_word, read_for_proof
from services.intake.channels.channel import Channel
from services.intake.channels.forms.ad_answers import AdAnswers, words_of
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, as_text
from services.intake.channels.parsing.members import parts
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any

_SECRETS = {"google_key": True}
_AD = ("campaign_id", "adgroup_id", "creative_id", "asset_group_id", "lead_source")


def verify(request: RawRequest, *sources: SourceView) -> None:
    payload = read_for_proof(request, document)
    by_word(sources, as_text(payload.get("google_key")), name="google_key")


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    lead_id = as_text(payload.get("lead_id")) or None
    columns = parts(payload.get("user_column_data"))
    if lead_id is None and not columns:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    is_test = str(payload.get("is_test")).lower() in {"true", "1"}
    answers = AdAnswers(DraftBuilder(source.country))
    for column in columns:
        name = as_text(column.get("column_name"))
        key = as_text(column.get("column_id")) or name or ""
        answers.add(key, column.get("string_value"), question=name)
    _add_campaign(answers.builder, payload)
    draft = answers.build(
        source,
        external_id=lead_id,
        occurred_at=from_any(payload.get("lead_submit_time"), time_zone="UTC"),
        is_test=is_test,
    )
    return Content(drafts=(draft,), external_id=None if is_test else lead_id)


def _add_campaign(builder: DraftBuilder, payload: dict[str, Any]) -> None:
    if click_id := as_text(payload.get("gcl_id")):
        builder.click_ids["gclid"] = click_id
    builder.campaign["form_id"] = as_text(payload.get("form_id"))
    builder.campaign["ad"] = words_of(payload, _AD)


CHANNEL = Channel(name="google-ads", verify=verify, parse=parse, secrets=_SECRETS)
