"""Recipients of alerts: what is configured, and what is answered."""

from datetime import datetime, time
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.kpi.repository.deliveries.recipients import Recipient
from services.kpi.schemas.fields import Clock, Mail, Name, Url
from services.kpi.use_cases.deliveries.recipients import RecipientFields
from shared.web.fields import Body, Zone

MOST_MAILS = 20  # of one recipient


class RecipientIn(Body):
    """Told by mail, by a webhook, or both; quiet hours are by the clock of `time_zone`."""

    name: Name
    mails: list[Mail] = Field(default_factory=list, max_length=MOST_MAILS)
    url: Url | None = None
    language: Literal["ru", "en"] = "ru"
    time_zone: Zone = "Europe/Moscow"
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    quiet_weekends: bool = False
    active: bool = True

    def fields(self) -> RecipientFields:
        return RecipientFields(**self.model_dump())


class RecipientOut(BaseModel):
    """`lacks`: why somebody with mails is told nothing by them: no `mail_server` is configured."""

    model_config = ConfigDict(from_attributes=True)

    recipient_id: UUID
    name: str
    mails: list[str]
    url: str | None
    language: str
    time_zone: str
    quiet_from: time | None
    quiet_to: time | None
    quiet_weekends: bool
    active: bool
    version: int
    changed_at: datetime
    changed_by: str
    lacks: list[Literal["mail_server"]] = Field(default_factory=list)

    @classmethod
    def of(cls, item: Recipient, *, has_mail: bool) -> Self:
        out = cls.model_validate(item)
        return (
            out if has_mail or not item.mails else out.model_copy(update={"lacks": ["mail_server"]})
        )


class RecipientSecretOut(RecipientOut):
    """`secret` signs what is sent to the URL, as Standard Webhooks says; it is told this once."""

    secret: str | None
