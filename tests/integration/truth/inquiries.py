"""An inquiry as its rows tell it: how it came, and how it was corrected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.integration.truth.rows import Row, label


@dataclass
class ToldInquiry:
    """`answered_at` is set of an incoming call that somebody answered."""

    inquiry_id: UUID
    contact_id: UUID
    received_at: datetime
    source_id: UUID
    source_key: str | None
    is_repeat: bool
    channel: str
    is_test: bool
    region: str | None
    product: str | None
    campaign: str | None
    ad_channel: str | None
    answered_at: datetime | None
    is_spam: bool = False

    def correct(self, changes: Mapping[str, Any]) -> None:
        """Take a correction: what it does not name stays as it was."""
        self.channel = changes.get("channel", self.channel)
        self.is_test = changes.get("is_test", self.is_test)
        self.region = label(changes.get("region", self.region))
        self.product = label(changes.get("product_interest", self.product))
        if "campaign" in changes:
            marks = changes["campaign"] or {}
            self.campaign = label(marks.get("utm_campaign"))
            self.ad_channel = label(marks.get("utm_source"))
        if "call" in changes:
            # Where nothing tells when it was answered, it counts from the receipt.
            self.answered_at = _answered_at(changes["call"], otherwise=self.received_at)
        if "spam" in changes:
            self.is_spam = "rejected" in changes["spam"]["reasons"]

    @property
    def advertised(self) -> tuple[str | None, str | None]:
        """Advertising channel and campaign as reports on money compare them: without case."""
        return _name(self.ad_channel), _name(self.campaign)


def _name(mark: str | None) -> str | None:
    return (mark or "").strip().lower() or None


def inquiry_of(row: Row) -> ToldInquiry:
    facts = row.facts
    source_id, received_at = row.id_of("source_id"), row.moment_of("received_at")
    assert row.inquiry_id is not None
    assert row.contact_id is not None
    assert source_id is not None
    assert received_at is not None
    assert row.channel is not None
    campaign = facts.get("campaign", {})
    return ToldInquiry(
        inquiry_id=row.inquiry_id,
        contact_id=row.contact_id,
        received_at=received_at,
        source_id=source_id,
        source_key=facts.get("source_key"),
        is_repeat=facts["is_repeat"],
        channel=row.channel,
        is_test=facts["is_test"],
        region=label(facts.get("region")),
        product=label(facts.get("product_interest")),
        campaign=label(campaign.get("utm_campaign")),
        ad_channel=label(campaign.get("utm_source")),
        answered_at=_answered_at(facts.get("call"), otherwise=row.at),
    )


def _answered_at(call: Mapping[str, Any] | None, *, otherwise: datetime) -> datetime | None:
    if not call or call.get("outcome") != "answered":
        return None
    if call.get("direction") not in {"incoming", None}:
        return None
    told = call.get("answered_at") or call.get("started_at")
    return datetime.fromisoformat(told) if told else otherwise
