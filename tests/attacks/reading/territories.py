"""Mischief in tables of what is known of territories."""

from uuid import UUID

from services.kpi.domain.lines.tables import word_of
from services.kpi.domain.territories.tables import FactWish, read_facts
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
    read_facts(text, FactWish(), _NAMES)


TERRITORY_TABLES: tuple[Row, ...] = (
    *rows(read_facts, FACTS, read=_read, name="territories.read_facts"),
    *rows(word_of, every(2, TEXTS), name="lines.word_of"),
)
