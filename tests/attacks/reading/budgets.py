"""Mischief in tables of budgets that somebody imports."""

from services.kpi.domain.marketing.budget import BudgetWish, read_budget
from tests.attacks.reading.row import Hostile, Row, between, numbered, rows
from tests.attacks.reading.tables import SHEETS

_HEAD = "month;channel;amount;currency\n"
BUDGETS: dict[str, Hostile] = {
    **SHEETS,
    "rows of one channel": between(_HEAD, "2026-03;vk;1;RUB\n"),
    "rows of many channels": numbered("2026-03;{};1;RUB\n", before=_HEAD),
    "faults": between(_HEAD, "x;y;z;\n"),
    "a long name": between(_HEAD + "2026-03;", "a ", ";1;RUB"),
    "a name of combining marks": between(_HEAD + "2026-03;a", "\u0301", ";1;RUB"),
    "long numbers": between(_HEAD + "2026-03;vk;", "1 ", ";RUB"),
    "a long month": between(_HEAD, "1", ";vk;1;RUB"),
    "columns of one meaning": between("", "month;amount;"),
}


def _read(text: str) -> None:
    read_budget(text, BudgetWish())


BUDGET_TABLES: tuple[Row, ...] = rows(
    read_budget, BUDGETS, read=_read, name="marketing.read_budget"
)
