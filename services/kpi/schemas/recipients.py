"""Recipients of alerts: what is configured, and what is answered."""

from datetime import datetime, time
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from services.kpi.use_cases.alerts.recipients import RecipientFields
from shared.text import Text

MOST_MAILS = 20  # of one recipient


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError("there is no such time zone") from None
    return name


def _local(clock: time) -> time:
    if clock.tzinfo is not None:
        raise ValueError("is the clock of the recipient's time zone, without an offset")
    return clock.replace(second=0, microsecond=0)


Name = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Mail = Annotated[
    Text,
    StringConstraints(
        strip_whitespace=True,
        max_length=254,
        pattern=r"^[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+$",
    ),
]
Zone = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"),
    AfterValidator(_zone),
]
Clock = Annotated[time, AfterValidator(_local)]
Url = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Body(BaseModel):
    """Something a caller sends: exactly these members."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class RecipientSecretOut(RecipientOut):
    """`secret` signs what is sent to the URL, as Standard Webhooks says; it is told this once."""

    secret: str | None
