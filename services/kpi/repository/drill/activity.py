"""What happened in a period, whenever the inquiry came."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Text,
    and_,
    cast,
    false,
    func,
    literal_column,
    select,
)

from services.kpi.repository.drill.near import has_event, opened_or_has_event
from services.kpi.repository.drill.pages import Items, counted, matches
from services.kpi.repository.reports.cohort import NOTHING, FunnelFilter, View, is_known
from services.kpi.tables.stories import lead_story

# Where the moment of a measure stands among the members of a holding.
_SINCE, _UNTIL, _ENDED, _ACCEPTED, _TOUCHED, _ACCEPT_BY, _TOUCH_BY = range(1, 8)
_FIRST_OF_MANAGER: Final = {"assigned": _SINCE, "accepted": _ACCEPTED, "contacted": _TOUCHED}
_ENDINGS: Final = {"declined": "declined", "expired": "lease_expired", "returned": "returned"}
_DEADLINES: Final = {
    "accept_due": (_ACCEPT_BY, _ACCEPTED, False),
    "accept_kept": (_ACCEPT_BY, _ACCEPTED, True),
    "touch_due": (_TOUCH_BY, _TOUCHED, False),
    "touch_kept": (_TOUCH_BY, _TOUCHED, True),
}
# By which events of a lead its holdings and visits come to have their moments.
_BEGIN, _ENTER = ("assigned", "accepted"), ("stage_changed", "reopened")
_EVENTS: Final = {
    "assigned": _BEGIN,
    "accepted": ("accepted",),
    **{name: (kind,) for name, kind in _ENDINGS.items()},
    **dict.fromkeys(_DEADLINES, _BEGIN),
}
OF_HOLDINGS: Final = frozenset({*_ENDINGS, *_DEADLINES})
_MOMENT = DateTime(timezone=True)


def active_leads(view: View, measure: str, criteria: FunnelFilter) -> Items:
    """The leads to which it happened; to a manager, while the manager owned the lead."""
    manager = criteria.get("manager")
    if manager is not None and measure in _FIRST_OF_MANAGER:
        events = _EVENTS.get(measure)
        leads = _leads(view, None if events is None else has_event(view, events))
        moment = _first(leads, manager, _FIRST_OF_MANAGER[measure])
    else:
        leads = _leads(view)
        moment = leads.c[f"{measure}_at"]
    items = counted(leads, moment, at=moment).where(_within(moment, view), _others(leads, criteria))
    if manager is None or measure in _FIRST_OF_MANAGER:
        return items
    if measure == "opened":  # nobody owns a lead that is just being opened
        return items.where(false())
    by = leads.c.closed_by
    return items.where(by.is_(None) if manager is NOTHING else by == manager)


def holdings(view: View, measure: str, criteria: FunnelFilter) -> Items:
    """The times that somebody owned a lead which a number counts: those that ended so, or had a
    deadline; a lead may be there more than once.
    """
    leads = _leads(view, has_event(view, _EVENTS[measure]))
    held = _held(leads)
    member = held.c.value.op("->>")
    place = cast(held.c.ordinality, Integer)
    moment = cast(member(_UNTIL if measure in _ENDINGS else _SINCE), _MOMENT)
    items = counted(leads, moment, number=place, at=moment).join(held, literal_column("true"))
    if measure in _ENDINGS:
        items = items.where(member(_ENDED) == _ENDINGS[measure])
    else:
        place_of_deadline, place_of_deed, in_time = _DEADLINES[measure]
        deadline, done_at, until = (
            cast(member(place), _MOMENT) for place in (place_of_deadline, place_of_deed, _UNTIL)
        )
        # As `is_kept` of stories: what was neither done nor held so long says nothing.
        is_over = done_at.is_not(None) & deadline.is_not(None) | (until >= deadline)
        items = items.where(done_at <= deadline if in_time else is_over)
    manager = criteria.get("manager")
    if manager is not None:
        items = items.where(member(0) == cast(str(manager), Text))
    return items.where(_within(moment, view), _others(leads, criteria))


def entering_leads(view: View, pipeline: str, stage: str) -> Items:
    """The leads that first came to a stage in the period."""
    leads = _leads(view, opened_or_has_event(view, _ENTER))
    visit = func.jsonb_array_elements(leads.c.visits).column_valued("visit")
    at = cast(visit.op("->>")(1), _MOMENT)
    return counted(leads, at, at=at).where(
        leads.c.pipeline == pipeline, visit.op("->>")(0) == cast(stage, Text), _within(at, view)
    )


def _leads(view: View, may_count: ColumnElement[bool] | None = None) -> FromClause:
    query = select(lead_story).where(is_known(view.known_on), lead_story.c.is_test.is_(False))
    if may_count is None:
        return query.subquery("leads")
    # Few leads are found first: else the owners of all would be looked through.
    return query.where(may_count).cte("leads").prefix_with("MATERIALIZED")


def _within(moment: ColumnElement[Any], view: View) -> ColumnElement[bool]:
    return and_(moment >= view.begins_at, moment < view.ends_at)


def _others(leads: FromClause, criteria: FunnelFilter) -> ColumnElement[bool]:
    return matches(leads, {name: value for name, value in criteria.items() if name != "manager"})


def _held(leads: FromClause) -> Any:
    return (
        func.jsonb_array_elements(leads.c.holdings)
        .table_valued("value", with_ordinality="ordinality")
        .render_derived("held")
    )


def _first(leads: FromClause, manager: object, member: int) -> ColumnElement[Any]:
    """When it happened in the first of the manager's times with the lead in which it did."""
    held = _held(leads)
    at = held.c.value.op("->>")(member)
    return (
        select(cast(at, _MOMENT))
        .select_from(held)
        .where(held.c.value.op("->>")(0) == cast(str(manager), Text), at.is_not(None))
        .order_by(held.c.ordinality)
        .limit(1)
        .scalar_subquery()
    )
