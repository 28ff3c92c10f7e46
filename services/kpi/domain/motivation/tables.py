"""Tables of targets: who, in which month, how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.kpi.domain.lines.cells import amount_of, currency_of, month_of_cell, point_of
from services.kpi.domain.lines.tables import (
    Cell,
    Form,
    Readers,
    Table,
    TableWish,
    Whole,
    read_table,
    word_of,
)
from services.kpi.domain.motivation.targets import Target, fault_of
from services.kpi.domain.motivation.terms import MEASURES, REVENUE, Measure

TARGETS: Final = Form(
    line=Target,
    labels={
        "month": frozenset({"month", "месяц", "period", "период"}),
        "subject": frozenset({"subject", "manager", "manager id", "менеджер", "сотрудник", "кто"}),
        "measure": frozenset({"measure", "показатель"}),
        "value": frozenset({"value", "plan", "target", "план", "значение", "сумма"}),
        "currency": frozenset({"currency", "валюта"}),
    },
    needed=("month", "subject", "value"),
    faults=lambda target: [fault] if (fault := fault_of(target)) else [],
)
_MEASURES: Final[Mapping[str, Measure]] = {
    **{name: name for name in MEASURES},
    "выручка": "revenue",
    "продажи": "sales",
}


@dataclass(frozen=True, slots=True)
class TargetWish(TableWish):
    measure: Measure = "revenue"
    currency: str | None = None


def read_targets(
    text: str, wish: TargetWish, subjects: Mapping[str, Sequence[str]]
) -> Table[Target]:
    """`subjects` are whom a name without case may mean."""

    def readers(whole: Whole) -> Readers:
        point = wish.decimal or point_of(whole.cells("value"))
        return {
            "measure": lambda cell: _measure(cell("measure"), wish),
            "month": lambda cell: month_of_cell(cell("month")),
            "subject": lambda cell: _subject(cell("subject"), subjects),
            "value": lambda cell: amount_of(cell("value"), point),
            "currency": lambda cell: _currency(cell, wish),
        }

    return read_table(text, TARGETS, wish.delimiter, readers)


def _measure(text: str, wish: TargetWish) -> Measure:
    measure = _MEASURES.get(text.casefold() or wish.measure)
    if measure is None:
        raise ValueError(f"is none of: {', '.join(MEASURES)}")
    return measure


def _currency(cell: Cell, wish: TargetWish) -> str:
    """A number of sales has none, whatever the cell says."""
    text = cell("currency") or wish.currency
    if _MEASURES.get(cell("measure").casefold() or wish.measure) != REVENUE:
        return ""
    if not text:
        raise ValueError("is not told: name it")
    return currency_of(text)


def _subject(text: str, subjects: Mapping[str, Sequence[str]]) -> str:
    people = subjects.get(word_of(text), ())
    if not people:
        raise ValueError("there is no such manager")
    if len(people) > 1:
        raise ValueError("may be several managers: give the id")
    return people[0]
