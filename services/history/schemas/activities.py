"""Activities as they are reported and shown."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.history.repository.activities import Activity
from services.history.use_cases.activities import TASK, Report
from shared.text import Text, require_storable_tree
from shared.validation import MemberError
from shared.web.ranges import Moment

MAX_FACTS_BYTES = 16_384
MAX_FACTS_DEPTH = 32


def _storable_facts(facts: dict[str, Any]) -> dict[str, Any]:
    _refuse_deep(facts, levels=MAX_FACTS_DEPTH)
    text = json.dumps(facts, allow_nan=False)
    if len(text) > MAX_FACTS_BYTES:
        raise ValueError(f"at most {MAX_FACTS_BYTES} bytes of JSON")
    if "\\u0000" in text or "\\ud" in text:
        require_storable_tree(facts)
    return facts


def _refuse_deep(value: Any, *, levels: int) -> None:
    # What is nested deeper than some hundred levels can be stored, but not be shown again.
    if isinstance(value, dict | list):
        if not levels:
            raise ValueError(f"at most {MAX_FACTS_DEPTH} levels")
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_deep(item, levels=levels - 1)


Facts = Annotated[dict[str, Any], AfterValidator(_storable_facts)]


class ActivityIn(BaseModel):
    """What somebody did for a lead, or for a contact without one. A task is due at `due_at`, which
    defaults to `at`; `owner_id` has to do it: by default the manager who reports it, and only
    supervisors may name another.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["call", "mail", "message", "meeting", "note", "task"]
    lead_id: UUID | None = None
    contact_id: UUID | None = None
    direction: Literal["outgoing", "incoming"] | None = None
    at: Moment | None = None
    text: Annotated[Text, Field(max_length=20_000)] | None = None
    facts: Facts = Field(default_factory=dict)
    due_at: Moment | None = None
    owner_id: UUID | None = None

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        if self.kind != TASK and (self.due_at or self.owner_id):
            member = "due_at" if self.due_at else "owner_id"
            raise MemberError(member, "only a task has one")
        if (self.lead_id is None) == (self.contact_id is None):
            raise MemberError("lead_id", "name either lead_id or contact_id")
        return self

    def report(self) -> Report:
        return Report(**self.model_dump())


class ActivityOut(BaseModel):
    """A stored activity. `unconfirmed` until its lead or contact is known, and known as the
    reporter's; until then nobody else sees it.
    """

    activity_id: UUID
    lead_id: UUID | None
    contact_id: UUID | None
    kind: str
    direction: str | None
    at: datetime
    learned_at: datetime
    actor: str
    text: str | None
    facts: dict[str, Any]
    due_at: datetime | None
    owner_id: UUID | None
    task_id: UUID | None
    done: bool | None
    unconfirmed: bool

    @classmethod
    def of(cls, activity: Activity) -> Self:
        return cls(
            activity_id=activity.activity_id,
            lead_id=activity.lead_id,
            contact_id=activity.contact_id,
            kind=activity.kind,
            direction=activity.direction,
            at=activity.at,
            learned_at=activity.learned_at,
            actor=activity.actor,
            text=activity.text,
            facts=activity.facts,
            due_at=activity.due_at,
            owner_id=activity.owner_id,
            task_id=activity.task_id,
            done=activity.done,
            unconfirmed=activity.recorded_at is None,
        )
