"""Records budgets of advertising, and sets what was spent beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.kpi.domain.lines.versions import told_twice
from services.kpi.domain.marketing.budget import BudgetLine, BudgetState, planned_fault, state_of
from services.kpi.domain.periods import period
from services.kpi.repository.lines import lock
from services.kpi.repository.marketing.budget import BUDGET, list_budget
from services.kpi.repository.money.relations import View, steps_of
from services.kpi.repository.money.spent import sum_spend
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.use_cases.lines import Summary, put_lines, sum_money
from services.kpi.use_cases.money.views import MOST_ROWS
from shared.database import Session
from shared.errors import InvalidError

_UTC = ZoneInfo("UTC")  # spend is told by days, whatever their zone
_DIMENSIONS = ("month", "ad_channel")


async def put_budget(
    session: Session, lines: Sequence[BudgetLine], *, author: str, now: datetime, dry_run: bool
) -> Summary:
    """Raises InvalidError when two lines are of the same month and channel, or an amount is finer
    than its currency.
    """
    faults = [
        (f"/lines/{number}/amount", fault)
        for number, line in enumerate(lines)
        if (fault := planned_fault(line.amount or Decimal(0), line.currency))
    ]
    if faults:
        raise InvalidError("Nobody can plan such an amount.", errors=faults)
    if twice := told_twice(line.place for line in lines):
        raise InvalidError(
            "Two lines are of the same month and channel.",
            errors=[(f"/lines/{number}", "stands above it already") for number in twice],
        )
    if not dry_run:
        await lock(session, BUDGET.lock)
    totals = sum_money((line.currency, line.amount or Decimal(0)) for line in lines)
    return await put_lines(
        session, BUDGET, lines, author=author, now=now, dry_run=dry_run, totals=totals
    )


@dataclass(frozen=True, slots=True)
class BudgetRow:
    month: date
    ad_channel: str
    currency: str
    state: BudgetState


@dataclass(frozen=True, slots=True)
class BudgetTotal:
    """What all months and channels come to, in one currency."""

    planned: Decimal
    spent: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """`more` rows, of the latest months, were left out; the totals by currency are of all."""

    rows: list[BudgetRow]
    totals: dict[str, BudgetTotal]
    more: int


async def show_budget(session: Session, first: date, end: date, today: date) -> BudgetReport:
    """Plan and fact of each month, channel and currency that has either, `end` excluded."""
    await take_snapshot(session)
    view = View(period(first, end, _UTC))
    steps = steps_of(view.period, _DIMENSIONS)
    assert steps is not None
    sums = await sum_spend(session, view, _DIMENSIONS, {}) or {}
    spent = {
        (steps.days[part - 1], channel or "", currency): amount
        for (part, channel), amounts in sums.items()
        for currency, amount in amounts.items()
    }
    plan = {line.place: line for line in await list_budget(session, first, end)}
    table = [
        BudgetRow(
            month,
            channel,
            currency,
            state_of(
                plan.get(place, BudgetLine(month, channel, currency, None)),
                spent.get(place, Decimal(0)),
                today,
            ),
        )
        for place in sorted(plan.keys() | spent.keys())
        for month, channel, currency in [place]
    ]
    return BudgetReport(table[:MOST_ROWS], _totals(table), max(0, len(table) - MOST_ROWS))


def _totals(table: Sequence[BudgetRow]) -> dict[str, BudgetTotal]:
    totals: dict[str, BudgetTotal] = {}
    nothing = BudgetTotal(Decimal(0), Decimal(0), Decimal(0))
    for row in table:
        total, state = totals.get(row.currency, nothing), row.state
        totals[row.currency] = BudgetTotal(
            total.planned + (state.planned or 0),
            total.spent + state.spent,
            total.due + (state.due or 0),
        )
    return totals
