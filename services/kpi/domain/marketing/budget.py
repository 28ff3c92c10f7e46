"""What may be spent in a month on an advertising channel, and how that stands against the fact."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from services.kpi.domain.attribution import digits_of, fineness_fault
from services.kpi.domain.lines.cells import amount_of, currency_of, month_of_cell, point_of
from services.kpi.domain.lines.tables import (
    Cell,
    Form,
    Readers,
    Table,
    TableWish,
    Whole,
    read_table,
)
from services.kpi.domain.months import following
from services.kpi.domain.sales.returns import Quotient, money_of, ratio
from services.kpi.domain.spend.lines import name_of, require_amount

NO_BUDGET: Final = "no_budget"


class BudgetLine(NamedTuple):
    """`amount` is None where a budget is taken back; `month` is a first day."""

    month: date
    ad_channel: str
    currency: str
    amount: Decimal | None

    @property
    def place(self) -> tuple[date, str, str]:
        return self.month, self.ad_channel, self.currency


@dataclass(frozen=True, slots=True)
class BudgetState:
    """`planned` is None where nothing was; `due` is the plan's part for the days that are over."""

    planned: Decimal | None
    spent: Decimal
    due: Decimal | None
    difference: Decimal | None
    used: Quotient


def state_of(line: BudgetLine, spent: Decimal, today: date) -> BudgetState:
    """How the fact stands against the plan at the beginning of a day. A month's plan falls due day
    by day in equal parts.
    """
    if line.amount is None:
        return BudgetState(None, spent, None, None, Quotient(None, NO_BUDGET))
    end = following(line.month)
    days = min(max((today - line.month).days, 0), (end - line.month).days)
    part = Fraction(line.amount) * days / (end - line.month).days
    due = money_of(part, line.currency)
    used = ratio(Fraction(spent), Fraction(line.amount), NO_BUDGET)
    return BudgetState(line.amount, spent, due, spent - line.amount, used)


BUDGET: Final = Form(
    line=BudgetLine,
    labels={
        "month": frozenset({"month", "period", "месяц", "период"}),
        "ad_channel": frozenset(
            {"channel", "ad channel", "utm source", "канал", "рекламный канал"}
        ),
        "amount": frozenset({"amount", "budget", "plan", "бюджет", "план", "сумма"}),
        "currency": frozenset({"currency", "валюта"}),
    },
    needed=("month", "ad_channel", "amount"),
    place=lambda line: line.place,
    twice=("month", "the same month and channel stand above it"),
)


@dataclass(frozen=True, slots=True)
class BudgetWish(TableWish):
    currency: str | None = None


def read_budget(text: str, wish: BudgetWish) -> Table[BudgetLine]:
    """The budget that a table tells of."""

    def readers(whole: Whole) -> Readers:
        point = wish.decimal or point_of(whole.cells("amount"))

        def currency(cell: Cell) -> str:
            return cell("currency") or wish.currency or ""

        return {
            "month": lambda cell: month_of_cell(cell("month")),
            "ad_channel": lambda cell: name_of(cell("ad_channel")),
            "amount": lambda cell: _planned(amount_of(cell("amount"), point), currency(cell)),
            "currency": lambda cell: currency_of(currency(cell)),
        }

    return read_table(text, BUDGET, wish.delimiter, readers)


def planned_fault(amount: Decimal, currency: str) -> str | None:
    """Why nobody can plan so much in the currency; None if somebody can."""
    return fineness_fault(amount, digits_of(currency))


def _planned(amount: Decimal, currency: str) -> Decimal:
    """Raises ValueError for what nobody can plan."""
    if fault := planned_fault(require_amount(amount), currency.strip().upper()):
        raise ValueError(fault)
    return amount
