"""One customer's story as JSON. The form is stable: members are only added."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.history.domain.search.documents import Item
from services.history.use_cases.story.reading import Story
from shared.web.read_audit_routes import ReadOut


class _Member(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class StoryPoints(_Member):
    """How the person is called and reached, as was said last first."""

    names: list[str]
    companies: list[str]
    phones: list[str]
    emails: list[str]


class StoryLead(_Member):
    lead_id: UUID
    contact_id: UUID
    owner_id: UUID | None
    merged_into: UUID | None


class StoryItem(BaseModel):
    """An event, or a confirmed report; `reported_kind` of it: call, mail, message, meeting, note or
    task. Only reports have the last members: a task is due at `due_at`, to be done by `owner_id`;
    what is reported about a task has its `task_id`, and says whether it is `done`.
    """

    activity_id: UUID
    kind: str
    reported_kind: str | None
    at: datetime
    actor: str
    channel: str | None
    lead_id: UUID | None
    inquiry_id: UUID | None
    contact_id: UUID | None
    text: str | None
    facts: dict[str, Any]
    direction: str | None
    due_at: datetime | None
    owner_id: UUID | None
    task_id: UUID | None
    done: bool | None

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(
            activity_id=item.document_id,
            kind=item.kind,
            reported_kind=item.reported_kind,
            at=item.at,
            actor=item.actor,
            channel=item.channel,
            lead_id=item.lead_id,
            inquiry_id=item.inquiry_id,
            contact_id=item.contact_id,
            text=item.text,
            facts=dict(item.facts),
            direction=item.direction,
            due_at=item.due_at,
            owner_id=item.owner_id,
            task_id=item.task_id,
            done=item.done,
        )


class StoryHead(BaseModel):
    """What stands before the items. `contact_ids` are all contacts that are this person."""

    form: Literal["leadflow.story.v1"] = "leadflow.story.v1"
    contact_id: UUID
    contact_ids: list[UUID]
    made_at: datetime
    points: StoryPoints
    leads: list[StoryLead]
    reads: list[ReadOut]

    @classmethod
    def of(cls, story: Story) -> Self:
        return cls(
            contact_id=story.contact_id,
            contact_ids=list(story.contact_ids),
            made_at=story.made_at,
            points=StoryPoints.model_validate(story.points),
            leads=[StoryLead.model_validate(lead) for lead in story.leads],
            reads=[ReadOut.model_validate(note) for note in story.reads],
        )


class StoryOut(StoryHead):
    """Everything about one person, the oldest first: inquiries, leads, activities, purchases,
    consents, merges. `reads`: the latest thousand readings of their data, for those who may see
    them. `complete` is false where more items follow than one story holds.
    """

    items: list[StoryItem]
    complete: bool
