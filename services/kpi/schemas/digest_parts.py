"""A report's rows as a part of a scheduled one: its whole table, what is seen at once, a picture.

The cells are the members of the report's own answer, so that a mail and the API never differ.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Final

from pydantic import BaseModel

from services.kpi.domain.alerts.indicators import Unit
from services.kpi.domain.alerts.wording import NO_MANAGER, amount, day_said
from services.kpi.domain.digests.charts import MOST_BARS, Chart, Kind, Point
from services.kpi.domain.exports.about import About
from services.kpi.domain.exports.values import CHANNELS
from services.kpi.domain.exports.words import NAMES, SILENT, TOTAL
from services.kpi.domain.periods import STEPS, Period
from services.kpi.schemas.exports import Path, cell_of, columns_of, heading_of, table_of
from services.kpi.use_cases.digests.parts import Glance, Part

MOST_SHOWN_ROWS: Final = 25
# What is seen at once of each report; the first one is drawn.
_SHOWN: Final[Mapping[str, Sequence[str]]] = {
    "funnel": ("received", "assigned", "contacted", "won", "lost"),
    "response-times": ("p50_seconds", "p90_seconds", "count", "within_5"),
    "managers": ("assigned", "accepted", "contacted", "won", "response.p50_seconds"),
    "sources": (
        "figures.inquiries", "figures.target", "figures.leads", "figures.sales",
        "figures.amounts.*", "figures.spend.*", "figures.romi.value",
    ),
    "sales": ("figures.sales", "figures.new", "figures.returning", "figures.money.*.amount"),
    "load": ("utilisation", "open_average", "open_peak", "over_capacity_minutes"),
    "plan-control": ("attainment", "plan", "fact", "due_by_now", "required"),
}  # fmt: skip
_SHARES: Final = ("utilisation", "attainment", "figures.romi.value")
_MONEY: Final = (
    "figures.amounts.*", "figures.spend.*", "figures.money.*.amount",
    "plan", "fact", "due_by_now", "required",
)  # fmt: skip
_ADDED: Final = frozenset({Unit.COUNT, Unit.MONEY})  # nothing is 0, and no unit stands behind it
_NOTHING: Final = "—"
_WORDED: Final = SILENT.union(NAMES)  # else a part of a path is a currency
_POINTS: Final = {"ru": "п. п.", "en": "pp"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A report as it was read: its rows, totals if it has any, what it says of itself, and how many
    of the smallest groups it left out, if it has groups.
    """

    report: str
    about: About
    rows: Sequence[BaseModel]
    totals: BaseModel | None = None
    more: int | None = None

    @property
    def step(self) -> str | None:
        """The step of time that rows are told apart by, where it is all that tells them apart."""
        group = getattr(self.rows[0], "group", None) if self.rows else None
        names = group.model_fields_set if group is not None else set()
        return next((name for name in STEPS if names == {name}), None)


def part_of(answer: Answer, language: str, about: Sequence[tuple[str, str]]) -> Part:
    heading, cells = table_of(answer.rows, answer.totals, language)
    span, paths = answer.about.span, _paths_at_sight(answer)
    rows = _ordered(answer, paths)
    return Part(
        report=answer.report,
        title=answer.about.title(language),
        days=_days(span, language),
        file_name=answer.about.file_name("csv"),
        about=about,
        heading=heading,
        rows=list(cells),
        glance=_glance(answer, rows, paths, language),
        chart=_chart(answer, rows, paths, language),
        data=_data(answer, span),
    )


def _paths_at_sight(answer: Answer) -> list[Path]:
    rows = [*answer.rows, *([answer.totals] if answer.totals else [])]
    every = list(dict.fromkeys((*columns_of(answer.rows), *columns_of(rows[-1:]))))
    return [
        path
        for pattern in _SHOWN[answer.report]
        for path in every
        if fnmatchcase(".".join(path), pattern)
    ]


def _ordered(answer: Answer, paths: Sequence[Path]) -> list[BaseModel]:
    """Steps of time in their order, all else by the figure that is drawn."""
    if answer.step is not None or not paths:
        return list(answer.rows)
    return sorted(answer.rows, key=lambda row: -(_value(row, paths[0]) or Decimal(-1)))


def _glance(
    answer: Answer, rows: Sequence[BaseModel], paths: Sequence[Path], language: str
) -> Glance:
    line = _line_of(paths, language)
    window = rows[-MOST_SHOWN_ROWS:] if answer.step else rows[:MOST_SHOWN_ROWS]
    return Glance(
        heading=["", *(_heading(path, language) for path in paths)],
        rows=[[_name(row, language), *line(row)] for row in window],
        totals=[TOTAL.said(language), *line(answer.totals)] if answer.totals and rows else None,
        more=len(rows) - len(window),
        left_out=answer.more or 0,
    )


def _line_of(paths: Sequence[Path], language: str) -> Callable[[BaseModel], Iterable[str]]:
    def line(row: BaseModel) -> Iterable[str]:
        for path in paths:
            words, difference = _text(_value(row, path), path, language), _change(row, path)
            more = f" ({_signed(difference, path, language)})" if difference else ""
            yield words + more

    return line


def _chart(
    answer: Answer, rows: Sequence[BaseModel], paths: Sequence[Path], language: str
) -> Chart | None:
    if not rows or not paths:
        return None
    path = paths[0]
    values = [_value(row, path) for row in rows]
    if not any(values):
        return None
    points = [
        Point(_name(row, language), value, _text(value, path, language))
        for row, value in zip(rows, values, strict=True)
    ]
    title = ": ".join(dict.fromkeys((answer.about.title(language), _heading(path, language))))
    if answer.step is not None:
        return Chart(title, Kind.LINE, _in_time(answer, answer.step, points, path, language))
    return Chart(title, Kind.BARS, points[:MOST_BARS])


def _in_time(
    answer: Answer, step: str, points: Sequence[Point], path: Path, language: str
) -> list[Point]:
    """A point for each step: in one without a row nothing happened."""
    assert answer.about.span is not None, "what is told by steps has days"
    by_name = {point.name: point for point in points}
    nothing = Decimal(0) if _unit(path) in _ADDED else None
    names = [day_said(day, language) for day in answer.about.span.steps(step).days]
    return [
        by_name.get(name) or Point(name, nothing, _text(nothing, path, language)) for name in names
    ]


def _heading(path: Path, language: str) -> str:
    """What a figure is called, without the unit that stands at each number."""
    if currency := next((name for name in path if name not in _WORDED), None):
        name = next(name for name in reversed(path) if name in NAMES)
        return f"{NAMES[name].said(language)}, {currency}"
    words = heading_of(path, language)
    return words if _unit(path) in _ADDED else words.rpartition(", ")[0] or words


def _value(row: BaseModel, path: Path) -> Decimal | None:
    cell = cell_of(row, path, "en")
    return Decimal(cell) if isinstance(cell, int | Decimal) else None


def _change(row: BaseModel, path: Path) -> Decimal | None:
    """How the figure differs from that of the period before, where that is told."""
    name = ".".join(path).removeprefix("figures.").removesuffix(".value")
    value = getattr((getattr(row, "changes", None) or {}).get(name), "absolute", None)
    return None if value is None else Decimal(str(value))


def _text(value: Decimal | None, path: Path, language: str) -> str:
    return _NOTHING if value is None else amount(value * _scale(path), _unit(path), language)


def _scale(path: Path) -> int:
    """What is counted in minutes is told as any other time."""
    return 60 if path[-1].endswith("_minutes") else 1


def _signed(value: Decimal, path: Path, language: str) -> str:
    words = _text(abs(value), path, language)
    if _unit(path) is Unit.SHARE:
        words = words.replace("%", _POINTS[language])
    return f"{'+' if value > 0 else '−'}{words}"


def _unit(path: Path) -> Unit:
    name = ".".join(path)
    if name in _SHARES:
        return Unit.SHARE
    if any(fnmatchcase(name, pattern) for pattern in _MONEY):
        return Unit.MONEY
    return Unit.SECONDS if path[-1].endswith(("_seconds", "_minutes")) else Unit.COUNT


def _name(row: BaseModel, language: str) -> str:
    """What a row is of, as people call it."""
    group, labels = getattr(row, "group", None), getattr(row, "labels", None)
    if group is None:
        values = [getattr(row, name, None) for name in ("name", "label", "value", "manager_id")]
        nameless = _NOTHING if "" in values else TOTAL.said(language)
        return next((str(value) for value in values if value), nameless)
    names = []
    for member in type(group).model_fields:
        if member in group.model_fields_set:
            value = getattr(labels, member, None) or getattr(group, member)
            nobody = NO_MANAGER[language] if member == "manager" else _NOTHING
            names.append(_word(member, value, language) if value else nobody)
    return " · ".join(names) or TOTAL.said(language)


def _word(member: str, value: Any, language: str) -> str:
    if isinstance(value, date):
        return day_said(value, language)
    if member == "channel" and value in CHANNELS:
        return CHANNELS[value].said(language)
    return str(value)


def _days(span: Period | None, language: str) -> str:
    if span is None:
        return ""
    first, last = span.first, span.day(len(span.bounds) - 1)
    words = " – ".join(dict.fromkeys(day_said(day, language) for day in (first, last)))
    return f"{words} ({span.zone.key})"


def _data(answer: Answer, span: Period | None) -> dict[str, Any]:
    """The rows as the report's own address answers them."""
    rows = [row.model_dump(mode="json", exclude_unset=True) for row in answer.rows]
    data: dict[str, Any] = {"rows": rows}
    if span is not None:
        data |= {"from": str(span.first), "to": str(span.end), "tz": span.zone.key}
    if answer.totals is not None:
        data["totals"] = answer.totals.model_dump(mode="json", exclude_unset=True)
    if answer.more is not None:
        data["more"] = answer.more
    return data
