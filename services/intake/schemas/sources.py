"""A source as it is configured and as it is shown. Secrets never come out."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.intake.domain.masking import MASK
from services.intake.domain.requests import may_merge
from services.intake.domain.times import zone_exists
from services.intake.repository.sources import SourceRow
from services.intake.use_cases.sources import SourceWish, generated_key
from shared.text import Text

KEY_PATTERN = "^[A-Za-z0-9_-]{3,64}$"


def _zone(name: str) -> str:
    if not zone_exists(name):
        raise ValueError("there is no such time zone")
    return name


Name = Annotated[Text, Field(min_length=1, max_length=200)]


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

    def wish(self, *, key: str | None, country: str, time_zone: str) -> SourceWish:
        return SourceWish(
            key=key or self.key or generated_key(),
            adapter=self.adapter,
            secrets=self.secrets,
            country=self.country or country,
            time_zone=self.time_zone or time_zone,
            pool=self.pool,
            pipeline=self.pipeline,
            campaign=self.campaign,
            mapping=self.mapping,
            options=self.options,
            priority=self.priority,
            enabled=self.enabled,
            may_merge=self.may_merge,
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
        country=row.country,
        time_zone=row.time_zone,
        pool=row.pool,
        pipeline=row.pipeline,
        campaign=row.campaign if isinstance(row.campaign, str | None) else dict(row.campaign),
        mapping=dict(row.mapping),
        options=dict(row.options),
        priority=row.priority,
        enabled=row.enabled,
        may_merge=may_merge(row.view()),
        managed_by=row.owner,
        hook_url=f"{public_url.rstrip('/')}/intake/v1/hooks/{row.key}",
        previous_secrets_until=row.previous_until,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
