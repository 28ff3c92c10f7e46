"""Consents and refusals as they are recorded and shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.intake.domain.consents import RefusedChannel, strictest
from services.intake.schemas.inquiries import Digest
from shared.contracts.contacts import ConsentRecorded
from shared.database import Row
from shared.ids import new_id
from shared.text import LINES, Text
from shared.web.ranges import Moment

Reason = Annotated[str, Field(min_length=1, max_length=500), LINES]
PurposeName = Annotated[str, Field(pattern="^[a-z0-9_.-]{1,60}$")]


class ConsentRecordIn(BaseModel):
    """A consent as somebody told us, or `given: false`, its withdrawal. Without a `purpose` it is
    about every use; `channels` are those it is about. `at` is when it was given, now if left out.
    Withdrawing all, or the purpose `marketing`, also refuses the `channels`, or all of them.
    """

    model_config = ConfigDict(extra="forbid")

    given: bool
    purpose: PurposeName | None = None
    channels: Annotated[list[RefusedChannel], Field(max_length=4)] = []
    text_version: Annotated[Text | None, Field(max_length=500)] = None
    text_digest: Digest | None = None
    page_url: Annotated[Text | None, Field(max_length=4000)] = None
    at: Moment | None = None
    reason: Reason | None = None

    def record(self, contact_id: UUID, *, by: str, now: datetime) -> ConsentRecorded:
        return ConsentRecorded(
            consent_id=new_id(),
            contact_id=contact_id,
            given=self.given,
            purpose=self.purpose,
            channels=sorted(set(self.channels)),
            text_version=self.text_version,
            text_digest=self.text_digest,
            page_url=self.page_url,
            at=self.at or now,
            by=by,
        )


class ConsentOut(BaseModel):
    """`contact_id`: the contact it was recorded for. `by` recorded it; null for the person's own
    form, whose inquiry and source are named.
    """

    consent_id: UUID
    contact_id: UUID
    given: bool
    purpose: str | None
    channels: list[str]
    text_version: str | None
    text_digest: str | None
    page_url: str | None
    ip: str | None
    at: datetime
    recorded_at: datetime
    inquiry_id: UUID | None
    source_id: UUID | None
    by: str | None


class RefusalIn(BaseModel):
    """Why the channel is refused."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason | None = None


class RefusalOut(BaseModel):
    """`contact_id`: the contact it was recorded for."""

    channel: RefusedChannel
    contact_id: UUID
    at: datetime
    by: str
    reason: str | None


class DoNotContactOut(BaseModel):
    """`channels` are closed for the whole person, all merged contacts together."""

    channels: list[RefusedChannel]
    refusals: list[RefusalOut]


def consent_out(row: Row) -> ConsentOut:
    return ConsentOut(**{name: row[name] for name in ConsentOut.model_fields})


def do_not_contact_out(rows: Sequence[Row]) -> DoNotContactOut:
    return DoNotContactOut(
        channels=[RefusedChannel(name) for name in strictest([row["channel"] for row in rows])],
        refusals=[
            RefusalOut(**{name: row[name] for name in RefusalOut.model_fields}) for row in rows
        ],
    )
