"""A segment's filter as a condition on `card`. What is not known of a person fails a condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any as Anything
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Numeric,
    Text,
    and_,
    cast,
    func,
    literal,
    not_,
    or_,
)

from services.history.domain.segments.fields import Field, Kind
from services.history.domain.segments.tree import All, Any, Comparison, Measured, Node, Not
from services.history.domain.segments.windows import Ago, Window, bounds_of, moment_of
from services.history.repository.segments.measures import Bounds, measured
from services.history.tables.cards import card
from shared.statements import among

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and in whose zone, relative dates are understood."""

    now: datetime
    zone: ZoneInfo


def condition(node: Node, at: Moment) -> Condition:
    """That a card fulfils the filter; true or false, never unknown."""
    match node:
        case All(parts):
            return and_(*(condition(part, at) for part in parts))
        case Any(parts):
            return or_(*(condition(part, at) for part in parts))
        case Not(part):
            return not_(condition(part, at))
        case Measured():
            bounds: Bounds = (None, None)
            if node.window is not None:
                bounds = bounds_of(node.window, now=at.now, zone=at.zone)
            return _compared(measured(node, bounds), node.operation, node.value)
        case Comparison():
            return func.coalesce(_comparison(node, at), literal(False, Boolean))


def _comparison(node: Comparison, at: Moment) -> Condition:
    target, value = node.field, node.value
    if node.operation == "known":
        is_known = _is_known(target)
        return is_known if value else not_(is_known)
    column = _column(target)
    match target.kind:
        case Kind.NUMBER:
            assert isinstance(value, Decimal)
            return _compared(column, node.operation, value)
        case Kind.FLAG:
            return column.is_(bool(value))
        case Kind.MOMENT | Kind.DATE:
            return _timed(column, node, at)
        case Kind.CHOICES | Kind.IDS:
            assert isinstance(value, tuple)
            return _listed(column, node.operation, value)
        case Kind.TEXT:
            return _texted(column, node)


def _is_known(target: Field) -> Condition:
    if target.custom is not None:
        return func.jsonb_exists(card.c.fields, target.custom)
    column = card.c[str(target.column)]
    if target.kind in {Kind.CHOICES, Kind.IDS}:
        return func.cardinality(column) > literal(0)
    return column.is_not(None)


_CUSTOM_TYPES: Mapping[Kind, Anything] = {
    Kind.NUMBER: Numeric,
    Kind.DATE: Date,
    Kind.FLAG: Boolean,
}


def _column(target: Field) -> ColumnElement[Anything]:
    if target.custom is None:
        return card.c[str(target.column)]
    text = card.c.fields[target.custom].astext
    kind = _CUSTOM_TYPES.get(target.kind)
    return text if kind is None else cast(text, kind)


def _compared(column: ColumnElement[Anything], operation: str, value: Decimal) -> Condition:
    number = literal(value, Numeric)
    if operation == "at_least":
        return column >= number
    return column <= number if operation == "at_most" else column == number


def _listed(
    column: ColumnElement[Anything], operation: str, values: Sequence[str | UUID]
) -> Condition:
    members = literal(list(values), column.type)
    return column.op("@>" if operation == "has_all" else "&&", is_comparison=True)(members)


def _texted(column: ColumnElement[Anything], node: Comparison) -> Condition:
    """Texts are compared without case."""
    lowered = func.lower(column, type_=Text)
    if isinstance(node.value, tuple):
        return among(lowered, [str(text).lower() for text in node.value])
    text = literal(str(node.value).lower())
    if node.operation == "begins_with":
        return func.starts_with(lowered, text)
    return func.strpos(lowered, text) > literal(0)


def _timed(column: ColumnElement[Anything], node: Comparison, at: Moment) -> Condition:
    value = node.value
    if isinstance(value, Window):
        since, until = bounds_of(value, now=at.now, zone=at.zone)
    else:
        assert isinstance(value, datetime | Ago)
        point = moment_of(value, now=at.now, zone=at.zone)
        since, until = (None, point) if node.operation == "before" else (point, None)
    first: datetime | date | None = since
    end: datetime | date | None = until
    if node.field.kind is Kind.DATE:
        first, end = (edge and edge.astimezone(at.zone).date() for edge in (since, until))
    conditions: list[Condition] = [column.is_not(None)]
    if first is not None:
        conditions.append(column >= literal(first, column.type))
    if end is not None:
        conditions.append(column < literal(end, column.type))
    return and_(*conditions)
