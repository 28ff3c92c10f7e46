"""Budgets in their versions."""

from datetime import date
from typing import Final

from services.kpi.domain.marketing.budget import BudgetLine
from services.kpi.repository.lines import Ledger
from services.kpi.tables.marketing import budget
from shared.database import Session

BUDGET: Final = Ledger(
    noun="budget",
    table=budget,
    line=BudgetLine,
    fields=BudgetLine._fields,
    key=("month", "ad_channel", "currency"),
    value="amount",
    lock="leadflow:kpi:budget",
)


async def list_budget(session: Session, first: date, end: date) -> list[BudgetLine]:
    """What is planned in these months, `end` excluded."""
    rows = await session.execute(
        "SELECT month, ad_channel, currency, amount FROM budget"
        " WHERE is_latest AND amount IS NOT NULL"
        " AND month >= :first AND month < :end ORDER BY month, ad_channel, currency",
        {"first": first, "end": end},
    )
    return [BudgetLine(**row) for row in rows]
