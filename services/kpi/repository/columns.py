"""Rows as one array per column: what a statement with many rows takes."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql

_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


@cache
def insertion(table: Table) -> str:
    """SQL that adds the rows whose keys are not there yet. It takes what `columns_of` gives."""
    return f"{_insertion(table)} DO NOTHING"


@cache
def replacement(table: Table) -> str:
    """SQL that writes the rows, whether there are any with their keys or not."""
    keys = table.primary_key.columns.keys()
    others = (name for name in table.columns.keys() if name not in keys)  # noqa: SIM118  of a collection
    updates = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"{_insertion(table)} DO UPDATE SET {updates}"


def _insertion(table: Table) -> str:
    arrays = ", ".join(
        f"CAST(:{table.name}_{column.name} AS {column.type.compile(_DIALECT)}[])"
        for column in table.columns
    )
    names, key = ", ".join(table.columns.keys()), ", ".join(table.primary_key.columns.keys())
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT ({key})"


def columns_of(table: Table, rows: Sequence[Sequence[Any]]) -> Mapping[str, Sequence[Any] | None]:
    """The parameters of the statement that writes these rows; at least one."""
    columns = map(_or_none, zip(*rows, strict=True))
    return dict(zip(_parameters(table), columns, strict=True))


def _or_none(column: tuple[Any, ...]) -> tuple[Any, ...] | None:
    # Beside longer lists nulls are filled in; the driver would look at each of them.
    if column[0] is None and column.count(None) == len(column):
        return None
    return column


@cache
def _parameters(table: Table) -> tuple[str, ...]:
    return tuple(f"{table.name}_{column.name}" for column in table.columns)
