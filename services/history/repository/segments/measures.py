"""What a person did within a window, counted from the rows of all their contacts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, any_, func, literal, select

from services.history.domain.segments.tree import Measured
from services.history.tables.activities import activity
from services.history.tables.cards import card, card_purchase
from services.history.tables.timelines import timeline_entry
from shared.statements import among

Bounds = tuple[datetime | None, datetime | None]
Where = Mapping[str, Sequence[str]]


def measured(node: Measured, bounds: Bounds) -> ColumnElement[Any]:
    """The number as a subquery of a card; 0 where there is nothing."""
    query, moment = _MEASURES[node.measure](dict(node.where))
    since, until = bounds
    if since is not None:
        query = query.where(moment >= literal(since, moment.type))
    if until is not None:
        query = query.where(moment < literal(until, moment.type))
    return query.correlate(card).scalar_subquery()


Measure = tuple[Select[Any], ColumnElement[Any]]


def _of_person(value: ColumnElement[Any], contact_id: ColumnElement[UUID]) -> Select[Any]:
    # No join: whatever a planner takes the tables for, it can only look the contacts up.
    return select(value).select_from(contact_id.table).where(contact_id == any_(card.c.contact_ids))


def _inquiries(where: Where) -> Measure:
    entry = timeline_entry.c
    query = _of_person(func.count(), entry.contact_id).where(
        entry.kind == literal("inquiry.received"),
        entry.facts["is_test"].astext.is_distinct_from("true"),
    )
    for name, member in (("channel", "channel"), ("source", "source_id")):
        if name in where:
            query = query.where(among(entry.facts[member].astext, where[name]))
    return query, entry.at


def _stages(where: Where) -> Measure:
    entry = timeline_entry.c
    query = _of_person(func.count(), entry.contact_id).where(
        among(entry.kind, ["lead.opened", "lead.stage_changed"])
    )
    if "stage" in where:
        stage = func.coalesce(
            entry.facts["to_stage"].astext, entry.facts["stage"].astext, type_=Text
        )
        query = query.where(among(stage, where["stage"]))
    return query, entry.at


def _activities(where: Where) -> Measure:
    columns = activity.c
    query = _of_person(func.count(), columns.contact_id).where(columns.recorded_at.is_not(None))
    for name in ("kind", "direction"):
        if name in where:
            query = query.where(among(columns[name], where[name]))
    return query, columns.at


def _purchases(where: Where) -> Measure:
    return _bought(func.count(), where)


def _spent(where: Where) -> Measure:
    return _bought(func.coalesce(func.sum(card_purchase.c.amount), 0), where)


def _bought(value: ColumnElement[Any], where: Where) -> Measure:
    columns = card_purchase.c
    query = _of_person(value, columns.contact_id)
    for name in ("product", "currency"):
        if name in where:
            query = query.where(among(columns[name], where[name]))
    return query, columns.at


_MEASURES: Mapping[str, Callable[[Where], Measure]] = {
    "inquiries": _inquiries,
    "stages": _stages,
    "activities": _activities,
    "purchases": _purchases,
    "spent": _spent,
}
