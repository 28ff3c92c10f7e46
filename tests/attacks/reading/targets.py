"""Mischief in tables of targets that somebody imports, and in terms of pay."""

from services.kpi.domain.lines.cells import month_of_cell
from services.kpi.domain.motivation import checks, targets, terms
from services.kpi.domain.motivation.tables import TargetWish, read_targets
from services.kpi.domain.motivation.terms import GroupBonus, ProductGroup, Terms
from tests.attacks.reading.row import Hostile, Row, between, every, numbered, rows
from tests.attacks.reading.tables import SHEETS
from tests.attacks.reading.words import TEXTS

_HEAD = "month;manager;value;currency\n"
_SUBJECTS = {"anna": ["6c656164-666c-5f77-8000-6e616d657370"], "boris": ["1", "2"]}
TARGETS: dict[str, Hostile] = {
    **SHEETS,
    "rows of one manager": between(_HEAD, "2026-03;anna;1;RUB\n"),
    "rows of many managers": numbered("2026-03;{};1;RUB\n", before=_HEAD),
    "names that several have": between(_HEAD, "2026-03;boris;1;RUB\n"),
    "faults": between(_HEAD, "x;y;z;\n"),
    "a long name": between(_HEAD + "2026-03;", "a ", ";1;RUB"),
    "long numbers": between(_HEAD + "2026-03;anna;", "1 ", ";RUB"),
    "a long month": between(_HEAD, "1", ";anna;1;RUB"),
    "columns of one meaning": between("", "month;value;"),
}


def _read(text: str) -> None:
    read_targets(text, TargetWish(), _SUBJECTS)


def _cell(text: str) -> None:
    for read in (month_of_cell, targets.subject_of):
        try:
            read(text)
        except ValueError:
            continue


def _many_groups(size: int) -> Terms:
    count = size // 100
    return Terms(
        currency="RUB",
        groups=tuple(ProductGroup("g", (f" {number} ",)) for number in range(count)),
        bonuses=tuple(GroupBonus("none") for _ in range(count)),
    )


TARGET_TABLES: tuple[Row, ...] = (
    *rows(read_targets, TARGETS, read=_read, name="motivation.read_targets"),
    *rows(month_of_cell, every(2, TEXTS), read=_cell, name="motivation.cells"),
    *rows(terms.name_of, every(2, TEXTS), name="motivation.name_of"),
    *rows(checks.faults_of, {"groups of one key": _many_groups}, name="motivation.faults_of"),
)
