"""Tables of what is known of territories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.kpi.domain.lines.cells import (
    DateOrder,
    amount_of,
    currency_of,
    day_of,
    order_of,
    point_of,
)
from services.kpi.domain.lines.tables import (
    Cell,
    Form,
    Readers,
    Table,
    TableWish,
    Whole,
    name_within,
    read_table,
    word_of,
)
from services.kpi.domain.territories.facts import IN_MONEY, FactKind, TerritoryFact, fact_faults

FACTS: Final = Form(
    line=TerritoryFact,
    labels={
        "territory_id": frozenset({"territory", "territory id", "территория", "регион", "город"}),
        "kind": frozenset({"kind", "indicator", "показатель", "вид"}),
        "product": frozenset({"product", "продукт", "товар"}),
        "day": frozenset({"day", "date", "дата", "день"}),
        "value": frozenset({"value", "значение"}),
        "currency": frozenset({"currency", "валюта"}),
        "source": frozenset({"source", "источник"}),
    },
    needed=("territory_id", "kind", "day", "value"),
    faults=fact_faults,
    place=lambda fact: fact.fact_id,
    twice=("day", "the same fact of this day stands above it"),
)
_KINDS: Final[Mapping[str, FactKind]] = {
    **{kind.replace("_", " "): kind for kind in FactKind},
    "население": FactKind.POPULATION,
    "доход": FactKind.INCOME,
    "доходы": FactKind.INCOME,
    "конкуренты": FactKind.COMPETITORS,
    "предпочтение": FactKind.PREFERENCE,
    "предпочтения": FactKind.PREFERENCE,
    "покупательная способность": FactKind.PURCHASING_POWER,
}
Names = Mapping[str, Sequence[UUID]]


@dataclass(frozen=True, slots=True)
class FactWish(TableWish):
    dates: DateOrder | None = None
    currency: str | None = None
    source: str = ""


def read_facts(text: str, wish: FactWish, names: Names) -> Table[TerritoryFact]:
    """`names` are the territories that a word without case may mean."""

    def readers(whole: Whole) -> Readers:
        point = wish.decimal or point_of(whole.cells("value"))
        order = wish.dates or order_of(whole.cells("day"))
        return {
            "territory_id": lambda cell: _territory(cell("territory_id"), names),
            "kind": lambda cell: _kind(cell("kind")),
            "product": lambda cell: name_within(cell("product")),
            "day": lambda cell: day_of(cell("day"), order),
            "value": lambda cell: amount_of(cell("value"), point),
            "currency": lambda cell: _currency(cell, wish),
            "source": lambda cell: name_within(cell("source") or wish.source),
        }

    return read_table(text, FACTS, wish.delimiter, readers)


def _territory(text: str, names: Names) -> UUID:
    ids = names.get(word_of(text), ())
    if len(ids) != 1:
        raise ValueError("several territories are called so" if ids else "is no territory")
    return ids[0]


def _kind(text: str) -> FactKind:
    kind = _KINDS.get(word_of(text))
    if kind is None:
        raise ValueError(f"is one of: {', '.join(FactKind)}")
    return kind


def _currency(cell: Cell, wish: FactWish) -> str | None:
    if text := cell("currency"):
        return currency_of(text)
    return wish.currency if _KINDS.get(word_of(cell("kind"))) in IN_MONEY else None
