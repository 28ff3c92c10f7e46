"""The leads with which something may have happened in a period, found by their events."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, select

from services.kpi.repository.cohort import View
from services.kpi.tables.facts import lead_event
from services.kpi.tables.stories import lead_story


def has_event(view: View, kinds: Collection[str]) -> ColumnElement[bool]:
    """Whether a story's lead, or one that ever was merged into it, has such an event in the period:
    of more leads than had it happen, never of less. What happened to a lead by other facts, such as
    touches, is not among them.
    """
    return lead_story.c.lead_id.in_(_near(view, kinds))


def _near(view: View, kinds: Collection[str]) -> Any:
    within = lead_event.c.at.between(view.begins_at, view.ends_at)
    near: Any = (
        select(lead_event.c.lead_id)
        .where(within, lead_event.c.kind.in_(sorted(kinds)))
        .cte("near", recursive=True)
    )
    merged = select(lead_event.c.into_id).where(
        lead_event.c.lead_id == near.c.lead_id, lead_event.c.into_id.is_not(None)
    )
    near = near.union(merged)
    return select(near.c.lead_id)


def opened_or_has_event(view: View, kinds: Collection[str]) -> ColumnElement[bool]:
    """The same, or that the lead was opened in the period."""
    opened = select(lead_story.c.lead_id).where(
        lead_story.c.opened_at.between(view.begins_at, view.ends_at)
    )
    return lead_story.c.lead_id.in_(_near(view, kinds).union(opened))
