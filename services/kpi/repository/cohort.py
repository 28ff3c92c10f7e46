"""What came in a period, as it is known now or was known at the end of a day: its leads with their
moments, and its inquiries.

A number and its drill-down are computed from these two, so that they agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Select,
    Subquery,
    Table,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
)

from services.kpi.domain.periods import Period
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.tables.stories import inquiry_story, lead_story

# How far a lead can get, and the moment that it has if it got so far.
MEASURES = {
    "assigned": "assigned_at",
    "accepted": "accepted_at",
    "contacted": "contacted_at",
    "won": "won_at",
    "lost": "lost_at",
}
_COLUMN_OF = {
    "source": "source_id",
    "channel": "channel",
    "campaign": "campaign",
    "region": "region",
    "product": "product",
    "pipeline": "pipeline",
    "manager": "owner_id",
}
DIMENSIONS = (*_COLUMN_OF, "day")
_MOMENT = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class FunnelFilter:
    """`unassigned`: what nobody owns; it goes with no `manager_id`."""

    source_id: UUID | None = None
    channel: str | None = None
    manager_id: UUID | None = None
    unassigned: bool = False


def leads_of(period: Period, known_on: date | None = None) -> Subquery:
    """The unmerged leads received in the period, as known at the end of a day of UTC or now;
    `seconds` is how long after receipt the customer was first contacted.
    """
    after = func.extract("epoch", lead_story.c.contacted_at - lead_story.c.received_at)
    seconds = cast(func.greatest(0, after), Double).label("seconds")
    return _of(lead_story, select(lead_story, seconds), period, known_on).subquery("leads")


def inquiries_of(period: Period, known_on: date | None = None) -> Subquery:
    """The inquiries received in the period, with their lead, its pipeline and owner, if any."""
    pipeline = (
        select(lead_story.c.pipeline)
        .where(lead_story.c.lead_id == inquiry_story.c.lead_id, is_known(lead_story, known_on))
        .scalar_subquery()
        .label("pipeline")
    )
    return _of(inquiry_story, select(inquiry_story, pipeline), period, known_on).subquery(
        "inquiries"
    )


def is_known(story: Table, known_on: date | None) -> ColumnElement[bool]:
    """Whether a version is the one that was known at the end of the day, or now."""
    if known_on is None:
        return story.c.known_until == literal(FOR_EVER, Date)
    return and_(story.c.known_on <= known_on, story.c.known_until > known_on)


def _of(story: Table, query: Select[Any], period: Period, known_on: date | None) -> Select[Any]:
    return query.where(
        story.c.received_at >= bindparam("begins_at", period.begins_at, _MOMENT),
        story.c.received_at < bindparam("ends_at", period.ends_at, _MOMENT),
        is_known(story, known_on),
        story.c.is_test.is_(False),
    )


def groups(facts: Subquery, period: Period, dimensions: Sequence[str]) -> list[ColumnElement[Any]]:
    """A column for each dimension; that of `day` is the number of the day, from 1."""
    # One parameter for all days of a statement: else its groups would not be equal expressions.
    bounds = bindparam("days", list(period.bounds), ARRAY(_MOMENT))
    return [
        func.width_bucket(facts.c.received_at, bounds)
        if name == "day"
        else facts.c[_COLUMN_OF[name]]
        for name in dimensions
    ]


def matches(facts: Subquery, criteria: FunnelFilter) -> ColumnElement[bool]:
    """Whether a lead or an inquiry with its lead passes the filter."""
    condition: ColumnElement[bool] = true()
    if criteria.source_id is not None:
        condition &= facts.c.source_id == criteria.source_id
    if criteria.channel is not None:
        condition &= facts.c.channel == criteria.channel
    if criteria.manager_id is not None:
        condition &= facts.c.owner_id == criteria.manager_id
    if criteria.unassigned:
        condition &= facts.c.owner_id.is_(None)
    return condition
