"""What history emits: activities that managers report."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Event


class ActivityRecorded(Event):
    """`kind` is call, mail, message, meeting, note or task; `direction` outgoing or incoming.

    A task is due at `due_at`, by `owner_id`; a follow-up, of kind task too, names the task in
    `task_id` and says whether it is `done`.
    """

    TYPE: ClassVar[str] = "activity.recorded.v1"
    TOPIC: ClassVar[str] = "activities"
    KEY: ClassVar[str] = "contact_id"

    activity_id: UUID
    contact_id: UUID
    lead_id: UUID | None = None
    manager_id: UUID | None = None
    kind: str
    direction: str | None = None
    at: datetime
    learned_at: datetime
    text: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    actor: str = "system"
    due_at: datetime | None = None
    owner_id: UUID | None = None
    task_id: UUID | None = None
    done: bool | None = None
