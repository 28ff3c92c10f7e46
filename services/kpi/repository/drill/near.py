"""The leads with which something may have happened in a period, found by their events."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Interval,
    and_,
    any_,
    bindparam,
    func,
    literal,
    select,
)

from services.kpi.repository.reports.cohort import EPOCH, QUARTER, View
from services.kpi.tables.facts import lead_event
from services.kpi.tables.stories import lead_story


def has_event(view: View, kinds: Collection[str]) -> ColumnElement[bool]:
    """Whether a story's lead, or one that ever was merged into it, has such an event in the period:
    of more leads than had it happen, never of less. What happened to a lead by other facts, such as
    touches, is not among them.
    """
    return _is_among(view, _near(view, kinds))


def _is_among(view: View, lead_ids: Any) -> ColumnElement[bool]:
    if view.quarters is None:
        return lead_story.c.lead_id.in_(lead_ids)
    # Those of a few quarters are looked up one by one, whatever the planner thinks of them.
    return lead_story.c.lead_id == any_(func.array(lead_ids.scalar_subquery()))


def _near(view: View, kinds: Collection[str]) -> Any:
    near: Any = (
        select(lead_event.c.lead_id)
        .where(_happened(view), lead_event.c.kind.in_(sorted(kinds)))
        .cte("near", recursive=True)
    )
    merged = select(lead_event.c.into_id).where(
        lead_event.c.lead_id == near.c.lead_id, lead_event.c.into_id.is_not(None)
    )
    near = near.union(merged)
    return select(near.c.lead_id)


def _happened(view: View) -> ColumnElement[bool]:
    at = lead_event.c.at
    within: ColumnElement[bool] = at.between(view.begins_at, view.ends_at)
    if view.quarters is None:
        return within
    moments = bindparam("quarters", list(view.quarters), ARRAY(DateTime(timezone=True)))
    return and_(within, func.date_bin(literal(QUARTER, Interval), at, EPOCH) == any_(moments))


def opened_or_has_event(view: View, kinds: Collection[str]) -> ColumnElement[bool]:
    """The same, or that the lead was opened in the period."""
    opened = select(lead_story.c.lead_id).where(
        lead_story.c.opened_at.between(view.begins_at, view.ends_at)
    )
    return _is_among(view, _near(view, kinds).union(opened))
