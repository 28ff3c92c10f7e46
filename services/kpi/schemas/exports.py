"""The columns of a report that is taken away, by the members of its rows.

The cells are the members of the answer itself, so that a table and the JSON never differ.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, cast, get_args

from pydantic import BaseModel

from services.kpi.domain.exports.values import VALUES
from services.kpi.domain.exports.words import NAME, NAMES, OWN_NAMES, ROW, SILENT, TOTAL
from services.kpi.schemas.comparison import Compared
from services.kpi.schemas.members import is_nested
from shared.spreadsheets import Cell

Path = tuple[str, ...]


def table_of(
    rows: Sequence[BaseModel],
    totals: BaseModel | None,
    language: str,
    kind: type[BaseModel] | None = None,
) -> tuple[list[str], Iterator[list[Cell]]]:
    """The heading and the rows, which are numbered where a row of totals follows them. `kind` is
    what a row would be, so that a table without rows says what it would hold.
    """
    paths = columns_of(rows)
    if kind is not None and not rows and totals is None:
        paths = [*columns_of_kind(kind)]
    marks: list[Cell] | None = None
    if totals is not None:
        paths += [path for path in columns_of([totals]) if path not in paths]
        marks = [*range(1, len(rows) + 1), TOTAL.said(language)]
    lines = ([cell_of(row, path, language) for path in paths] for row in (*rows, totals) if row)
    heading = [heading_of(path, language) for path in paths]
    if marks is None:
        return heading, lines
    numbered = ([mark, *line] for mark, line in zip(marks, lines, strict=True))
    return [ROW.said(language), *heading], numbered


def columns_of(rows: Sequence[BaseModel]) -> list[Path]:
    """Where the cells stand in the rows: every member that some row has; one for each currency.
    A name stands behind the id that it belongs to; no currency beside what is no money.
    """
    if not rows:
        return []
    every = [path for path in dict.fromkeys(_model_paths(rows)) if not _is_no_money(rows, path)]
    paths = sorted(every, key=_rank(type(rows[0])))
    labels = {path for path in paths if path[0] == "labels"}
    return [
        each
        for path in paths
        if path not in labels
        for each in (path, ("labels", path[-1]))
        if each is path or (path[0] == "group" and each in labels)
    ]


def _is_no_money(rows: Sequence[BaseModel], path: Path) -> bool:
    """Whether these cells are currencies of a figure that has none in any row, as of a share."""
    return path[1:][-1:] == ("currency",) and all(value_at(row, path) is None for row in rows)


def row_of(answer: type[BaseModel]) -> type[BaseModel] | None:
    """What a row of an answer is: what its list holds."""
    for name in ("rows", "items", "points"):
        if (field := answer.model_fields.get(name)) is not None:
            (row,) = get_args(field.annotation)
            return cast("type[BaseModel]", row)
    return None


def columns_of_kind(kind: type[BaseModel]) -> Iterator[Path]:
    """Where cells stand in every row of this kind, whatever it holds, but for what it is compared
    with.
    """
    for name, field in kind.model_fields.items():
        if not is_nested(field.annotation):
            yield (name,)
        elif name not in Compared.model_fields:
            for each in (field.annotation, *get_args(field.annotation)):
                if isinstance(each, type) and issubclass(each, BaseModel):
                    yield from ((name, *path) for path in columns_of_kind(each))


def _rank(kind: type[BaseModel]) -> Callable[[Path], int]:
    """What tells rows apart stands first, then figures, then what they are compared with."""
    figures = kind.FIGURES.model_fields if issubclass(kind, Compared) else ()

    def rank(path: Path) -> int:
        return 2 if path[0] in Compared.model_fields else int(path[0] in figures)

    return rank


def _model_paths(rows: Sequence[BaseModel]) -> Iterator[Path]:
    members = set().union(*(row.model_fields_set for row in rows))
    for name, field in type(rows[0]).model_fields.items():
        if name in members:
            yield from _paths(name, [getattr(row, name) for row in rows], field.annotation)


def _paths(name: str, values: Sequence[Any], annotation: Any) -> Iterator[Path]:
    if not is_nested(annotation):
        yield (name,)
        return
    models = [value for value in values if isinstance(value, BaseModel)]
    if models:
        yield from ((name, *path) for path in _model_paths(models))
    words = [value for value in values if isinstance(value, dict)]
    for key in dict.fromkeys(key for value in words for key in value):
        inner = [value[key] for value in words if key in value]
        if isinstance(inner[0], BaseModel):
            yield from ((name, key, *path) for path in _model_paths(inner))
        else:
            yield (name, key)


def value_at(row: BaseModel, path: Path) -> Any:
    """What stands there; None where the row has no such member."""
    value: Any = row
    for name in path:
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value


def cell_of(row: BaseModel, path: Path, language: str) -> Cell:
    """What stands there in a row; nothing where the row has no such member."""
    value = value_at(row, path)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        words = VALUES.get(path[-1], {}).get(value)
        return value if words is None else words.said(language)
    if value is None or isinstance(value, bool | int | Decimal | datetime):
        return value
    if isinstance(value, float | Fraction):
        return Decimal(str(round(float(value), 6)))
    return str(value)


def heading_of(path: Path, language: str) -> str:
    """What a column is called."""
    if path[0] == "labels":
        return f"{_word(path[-1], language)}: {NAME.said(language)}"
    if path[0] == "group":
        mark = " (id)" if path[-1] in {"source", "manager"} else ""
        return f"{_word(path[-1], language)}{mark}"
    parts = [
        part
        for number, name in enumerate(path)
        for part in name.split(".")
        if part not in SILENT or (number == 0 and len(path) == 1)
    ]
    words = [_word(part, language) for part in parts]
    if (own := OWN_NAMES.get(tuple(parts[-2:]))) is not None:
        words[-1] = own.said(language)
    return ": ".join(words)


def _word(name: str, language: str) -> str:
    """What has no word of its own is a currency."""
    return NAMES[name].said(language) if name in NAMES else name
