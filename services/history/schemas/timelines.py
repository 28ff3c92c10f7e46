"""Timelines as they are shown."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from services.history.domain.entries import kinds_of_timelines
from services.history.repository.timeline_items import BEGINNING, END, Choice, TimelineItem
from shared.contracts.inquiry import Call
from shared.text import Text
from shared.web.pagination import DEFAULT_LIMIT, MAX_LIMIT, Page
from shared.web.ranges import Moment

MAX_CHOSEN = 20  # kinds, actors or channels of one request
KINDS = tuple(kinds_of_timelines())
_Word = Annotated[Text, Field(max_length=100)]
Chosen = Annotated[list[_Word], Field(max_length=MAX_CHOSEN)]


def _require_kinds(kinds: list[str]) -> list[str]:
    if not set(kinds) <= set(KINDS):
        raise ValueError(f"one of: {', '.join(KINDS)}")
    return kinds


Kinds = Annotated[
    list[Annotated[_Word, Field(json_schema_extra={"enum": list(KINDS)})]],
    Field(max_length=MAX_CHOSEN),
    AfterValidator(_require_kinds),
]


class TimelineParams(BaseModel):
    """Which items are wanted: each of `kind`, `actor` and `channel` may be given several times;
    `from` is included, `to` is not. `order` is by the time at which it happened.
    """

    kind: Kinds | None = None
    actor: Chosen | None = None
    channel: Chosen | None = None
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = Field(default=None, alias="to")
    order: Literal["oldest", "newest"] = "oldest"
    cursor: Annotated[str | None, Field(max_length=200)] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT

    def choice(self) -> Choice:
        return Choice(
            kinds=self.kind,
            actors=self.actor,
            channels=self.channel,
            since=self.since or BEGINNING,
            until=self.until or END,
            newest_first=self.order == "newest",
        )


class TimelineItemOut(BaseModel):
    """An event or a reported activity: `at` is when it happened, `learned_at` when we learned.

    `channel` is the way by which customer and company met in it, if they did. `call` is what is
    told of a call, and `recording_url` where it can be heard; both also stand in `facts`, as they
    came.
    """

    activity_id: UUID
    kind: str
    at: datetime
    learned_at: datetime
    actor: str
    lead_id: UUID | None
    contact_id: UUID | None
    inquiry_id: UUID | None
    channel: str | None
    text: str | None
    call: Call | None
    recording_url: str | None
    facts: dict[str, Any]

    @classmethod
    def of(cls, item: TimelineItem) -> Self:
        call = _call_of(item.facts)
        return cls(
            activity_id=item.activity_id,
            kind=item.kind,
            at=item.at,
            learned_at=item.learned_at,
            actor=item.actor,
            lead_id=item.lead_id,
            contact_id=item.contact_id,
            inquiry_id=item.inquiry_id,
            channel=item.channel,
            text=item.text,
            call=call,
            recording_url=call.recording_url if call else _text(item.facts.get("recording_url")),
            facts=item.facts,
        )


class TimelinePage(Page[TimelineItemOut]):
    """A page of a timeline, in the order that was asked for."""


def _call_of(facts: Mapping[str, Any]) -> Call | None:
    """The call of an inquiry, of its late facts, or one that an exchange reported."""
    for members in _calls(facts):
        try:
            return Call.model_validate(members)
        except ValidationError:
            continue  # whoever reports an activity names its facts as they like
    return None


def _calls(facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    changes = facts.get("changes")
    for place in (facts, changes):
        if isinstance(place, Mapping) and isinstance(place.get("call"), Mapping):
            yield place["call"]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
