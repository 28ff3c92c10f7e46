r"""Statements as the driver takes them: SQL text with $1, $2, … and the values in that order.

SQLAlchemy translates by its rules: `::` is a cast, `\:` a colon, any other `:name` a parameter.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ClauseElement, ColumnElement, Dialect, any_, literal, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

T = TypeVar("T")
Statement = ClauseElement  # one built with SQLAlchemy Core
_DIALECT: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_TEXTS = 2_000  # more than the product has: what is written in code is translated once


class Translated(NamedTuple):
    """`names` of the parameters stand in the order of their numbers in `sql`."""

    sql: str
    names: tuple[str, ...]

    def values(self, parameters: Mapping[str, Any] | None) -> list[Any]:
        """Raises KeyError when a parameter is missing."""
        by_name = parameters or {}
        return [by_name[name] for name in self.names]


@lru_cache(maxsize=_TEXTS)
def translate(sql: str) -> Translated:
    """SQL text with :named parameters; the same name twice is the same number."""
    compiled = text(sql).compile(dialect=_DIALECT)
    assert isinstance(compiled, SQLCompiler)
    return Translated(str(compiled), tuple(compiled.positiontup or ()))


def compile_core(statement: Statement) -> tuple[str, Sequence[Any]]:
    """The text and the values of a statement built with SQLAlchemy Core."""
    compiled = statement.compile(dialect=_DIALECT)
    assert isinstance(compiled, SQLCompiler)
    state = compiled.construct_expanded_state()
    names = state.positiontup or ()
    return state.statement, [
        _to_driver(compiled.binds[name].type, value) if name in compiled.binds else value
        for name, value in zip(names, state.positional_parameters, strict=True)
    ]


def columns(names: str, rows: Iterable[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The rows as the lists that a statement unnests; `names` are separated by spaces."""
    fields = names.split()
    lists = list(zip(*rows, strict=True)) or [()] * len(fields)
    return dict(zip(fields, lists, strict=True))


def among(column: ColumnElement[T], values: Iterable[T]) -> ColumnElement[bool]:
    """That the column has one of the values: the same text, and plan, however many they are."""
    return column == any_(literal(list(values), ARRAY(column.type)))


def _to_driver(kind: TypeEngine[Any], value: Any) -> Any:
    """The value as the column's type writes it, JSON as text for one; members of a list stay."""
    process = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return value if process is None else process(value)
