"""Timelines as they are shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.web.pagination import Page


class TimelineItemOut(BaseModel):
    """An event or a reported activity: `at` is when it happened, `learned_at` when we learned."""

    model_config = ConfigDict(from_attributes=True)

    activity_id: UUID
    kind: str
    at: datetime
    learned_at: datetime
    actor: str
    lead_id: UUID | None
    contact_id: UUID | None
    inquiry_id: UUID | None
    text: str | None
    facts: dict[str, Any]


class TimelinePage(Page[TimelineItemOut]):
    """A page of a timeline, oldest first."""
