"""Mischief in tables of what is known of territories."""

from uuid import UUID

from services.kpi.domain.territories import tables
from services.kpi.domain.territories.tables import TableWish, read_facts
from tests.attacks.reading.row import Hostile, Row, between, every, numbered, rows
from tests.attacks.reading.tables import SHEETS
from tests.attacks.reading.words import TEXTS

_HEAD = "territory;kind;day;value;source\n"
_ONE = UUID("6c656164-666c-5f77-8000-6e616d657370")
_NAMES = {"moscow": [_ONE], "tver": [_ONE, UUID(int=1)]}
FACTS: dict[str, Hostile] = {
    **SHEETS,
    "rows of one day": between(_HEAD, "moscow;population;2026-03-01;1;x\n"),
    "rows of many values": numbered("moscow;population;2026-03-01;{};x\n", before=_HEAD),
    "names that several have": between(_HEAD, "tver;population;2026-03-01;1;x\n"),
    "faults": between(_HEAD, "a;b;c;d;\n"),
    "a long name": between(_HEAD, "a ", ";population;2026-03-01;1;x"),
    "long numbers": between(_HEAD + "moscow;income;2026-03-01;", "1 ", ";x"),
    "a long source": between(_HEAD + "moscow;population;2026-03-01;1;", "x", ""),
    "columns of one meaning": between("", "territory;value;"),
}


def _read(text: str) -> None:
    read_facts(text, TableWish(), _NAMES)


TERRITORY_TABLES: tuple[Row, ...] = (
    *rows(read_facts, FACTS, read=_read, name="territories.read_facts"),
    *rows(tables.word_of, every(2, TEXTS), name="territories.word_of"),
    *rows(
        tables.columns_of,
        {"names": lambda size: ["territory (" * 30] * (size // 330)},
        name="territories.columns_of",
    ),
)
