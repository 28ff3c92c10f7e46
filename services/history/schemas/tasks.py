"""Tasks as they are listed and reported on."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.history.repository.tasks import OpenTask
from shared.text import Text
from shared.web.pagination import Page


class TaskReportIn(BaseModel):
    """A word on what was done, or why it is to be done after all."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Text, Field(max_length=20_000)] | None = None


class TaskOut(BaseModel):
    """A task that is not done: `owner_id` has to do it until `due_at`; `actor` gave it."""

    activity_id: UUID
    owner_id: UUID | None
    due_at: datetime
    is_overdue: bool
    lead_id: UUID | None
    contact_id: UUID | None
    actor: str
    at: datetime
    text: str | None
    facts: dict[str, Any]

    @classmethod
    def of(cls, task: OpenTask, *, now: datetime) -> Self:
        return cls(
            activity_id=task.activity_id,
            owner_id=task.owner_id,
            due_at=task.due_at,
            is_overdue=task.due_at < now,
            lead_id=task.lead_id,
            contact_id=task.contact_id,
            actor=task.actor,
            at=task.at,
            text=task.text,
            facts=task.facts,
        )


class TaskPage(Page[TaskOut]):
    """Open tasks, the first due first."""
