"""Mischief in tables of spend that somebody imports."""

from services.kpi.domain.lines import cells
from services.kpi.domain.lines.tables import columns_of
from services.kpi.domain.spend import lines, tables
from services.kpi.domain.spend.tables import SpendWish, read_spend
from tests.attacks.reading.row import Hostile, Row, between, every, flood, numbered, rows
from tests.attacks.reading.tables import SHEETS
from tests.attacks.reading.words import TEXTS

_HEAD = "day;cost;currency;campaign\n"
SPEND: dict[str, Hostile] = {
    **SHEETS,
    "rows of one day": between(_HEAD, "2026-03-01;1;RUB;a\n"),
    "rows of many campaigns": numbered("2026-03-01;1;RUB;{}\n", before=_HEAD),
    "faults": between(_HEAD, "x;y;z;\n"),
    "totals": between(_HEAD, "total;1\n"),
    "long numbers": between(_HEAD + "2026-03-01;", "1 ", ";RUB"),
    "thousands": between(_HEAD, "2026-03-01;1,234;RUB;a\n"),
    "slashes": between(_HEAD, "01/02/2026;1;RUB;a\n"),
    "titles above the columns": flood("title\n"),
    "brackets in a label": between("day;cost", "(", "\n"),
    "commas in a label": between("day;cost", ", ", "\n"),
    "columns of one meaning": between("", "day;cost;"),
    "a campaign of combining marks": between(_HEAD + "2026-03-01;1;RUB;a", "\u0301"),
}


def _read(text: str) -> None:
    read_spend(text, SpendWish())


def _cell(text: str) -> None:
    for read in (lambda: cells.amount_of(text, None), lambda: cells.day_of(text, None),
                 lambda: lines.name_of(text), lambda: cells.currency_of(text)):  # fmt: skip
        try:
            read()
        except ValueError:
            continue


SPEND_TABLES: tuple[Row, ...] = (
    *rows(read_spend, SPEND, read=_read, name="spend.read_spend"),
    *rows(cells.amount_of, every(2, TEXTS), read=_cell, name="lines.cells"),
    *rows(
        columns_of,
        {"names": lambda size: ["cost (" * 30] * (size // 180)},
        read=lambda names: columns_of(names, tables.SPEND),
        name="lines.columns_of",
    ),
)
