"""A source as it is configured and as it is shown. Secrets never come out."""

import re
from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.intake.domain.masking import MASK
from services.intake.domain.requests import SPAM_THRESHOLD, SourceSettings, may_merge
from services.intake.domain.times import zone_exists
from services.intake.repository.sources import SourceRow
from services.intake.use_cases.sources import SourceWish, generated_key
from shared.text import ONE_LINE, Text

KEY_PATTERN = "^[A-Za-z0-9_-]{3,64}$"


def _zone(name: str) -> str:
    if not zone_exists(name):
        raise ValueError("there is no such time zone")
    return name


def _own_address(address: str) -> str:
    """An address, or a domain with or without an @ before it, in lower case."""
    text = address.strip().lower()
    if not re.fullmatch(r"[^\s@<>,;]{0,64}@?[^\s@<>,;]{1,189}\.[^\s@<>,;.]{2,63}", text):
        raise ValueError("an e-mail address or a domain is expected")
    return text.removeprefix("@")


def _network(network: str) -> str:
    try:
        return str(ip_network(network.strip(), strict=False))
    except ValueError:
        raise ValueError("an IP address or a network like 203.0.113.0/24 is expected") from None


Name = Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
MOST_OWN = 500


class SourceIn(BaseModel):
    """A source as somebody wants it; left out, the key is generated and is then the secret.

    `may_merge`: whether its inquiries may join two people by themselves, or only propose it; left
    out, only those of a source with a secret beside its key may.
    """

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str | None, Field(pattern=KEY_PATTERN)] = None
    adapter: Name
    secrets: dict[Name, Annotated[Text, Field(min_length=1, max_length=4000)]] | None = None
    country: Annotated[str | None, Field(pattern="^[A-Z]{2}$")] = None
    time_zone: Annotated[Name | None, AfterValidator(lambda name: name and _zone(name))] = None
    pool: Name | None = None
    pipeline: Name | None = None
    campaign: Name | dict[Name, Annotated[Text, Field(max_length=1000)]] | None = None
    mapping: dict[Name, Annotated[Text, Field(max_length=2000)]] = {}
    options: dict[Name, Any] = {}
    priority: Literal["high", "normal", "low"] | None = None
    enabled: bool = True
    may_merge: bool | None = None
    own_addresses: Annotated[
        list[Annotated[Name, AfterValidator(_own_address)]], Field(max_length=MOST_OWN)
    ] = []
    own_numbers: Annotated[list[Name], Field(max_length=MOST_OWN)] = []
    mail_filter: Literal["strict", "usual", "none"] = "usual"
    networks: Annotated[list[Annotated[Name, AfterValidator(_network)]], Field(max_length=100)] = []
    dedupe_seconds: Annotated[int | None, Field(ge=1, le=86_400)] = None
    spam_threshold: Annotated[float | None, Field(gt=0, le=1)] = SPAM_THRESHOLD
    consent_text_version: Name | None = None
    is_test: bool = False

    def wish(self, *, key: str | None, country: str, time_zone: str) -> SourceWish:
        settings = {name: getattr(self, name) for name in SourceSettings.__slots__}
        return SourceWish(
            **{
                **settings,
                "key": key or self.key or generated_key(),
                "adapter": self.adapter,
                "secrets": self.secrets,
                "enabled": self.enabled,
                "country": self.country or country,
                "time_zone": self.time_zone or time_zone,
                "own_addresses": tuple(self.own_addresses),
                "own_numbers": tuple(self.own_numbers),
                "networks": tuple(self.networks),
            }
        )


class SourceOut(BaseModel):
    """`secrets` tells which there are; `managed_by` is who may change it: api, file, built_in."""

    source_id: UUID
    key: str
    adapter: str
    secrets: dict[str, str]
    country: str
    time_zone: str
    pool: str | None
    pipeline: str | None
    campaign: str | dict[str, Any] | None
    mapping: dict[str, str]
    options: dict[str, Any]
    priority: str | None
    enabled: bool
    may_merge: bool
    own_addresses: list[str]
    own_numbers: list[str]
    mail_filter: str
    networks: list[str]
    dedupe_seconds: int | None
    spam_threshold: float | None
    consent_text_version: str | None
    is_test: bool
    managed_by: str
    hook_url: str
    previous_secrets_until: datetime | None
    created_at: datetime
    changed_at: datetime


def source_out(row: SourceRow, *, public_url: str) -> SourceOut:
    return SourceOut(
        source_id=row.source_id,
        key=row.key,
        adapter=row.adapter,
        secrets=dict.fromkeys(row.secrets, MASK),
        enabled=row.enabled,
        managed_by=row.owner,
        hook_url=f"{public_url.rstrip('/')}/intake/v1/hooks/{row.key}",
        previous_secrets_until=row.previous_until,
        created_at=row.created_at,
        changed_at=row.changed_at,
        **{**row.settings(), "may_merge": may_merge(row.view())},
    )
