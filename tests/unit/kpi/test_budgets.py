"""Budgets: what falls due day by day, and tables that are read whole or told what is wrong."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.lines.tables import columns_of
from services.kpi.domain.marketing.budget import (
    BUDGET,
    BudgetLine,
    BudgetWish,
    read_budget,
    state_of,
)
from services.kpi.domain.months import following

AMOUNTS = st.decimals(0, 10**9, places=2)
MONTHS = st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(lambda day: day.replace(day=1))


@given(MONTHS, AMOUNTS, AMOUNTS, st.integers(-40, 80))
def test_a_plan_falls_due_day_by_day(
    month: date, amount: Decimal, spent: Decimal, shift: int
) -> None:
    line = BudgetLine(month, "vk", "RUB", amount)
    today = month + timedelta(days=shift)
    state = state_of(line, spent, today)
    later = state_of(line, spent, today + timedelta(days=1))
    assert state.due is not None
    assert later.due is not None
    assert 0 <= state.due <= later.due <= amount
    if today >= following(month):
        assert state.due == amount
    if today <= month:
        assert state.due == 0
    assert state.difference == spent - amount
    assert state.used.value == (round(spent / amount, 4) if amount else None)


def test_what_was_not_planned_has_no_share() -> None:
    state = state_of(BudgetLine(date(2026, 3, 1), "vk", "RUB", None), Decimal(5), date(2026, 3, 9))
    assert (state.planned, state.due, state.difference) == (None, None, None)
    assert (state.used.value, state.used.missing) == (None, "no_budget")


ROWS = st.lists(
    st.tuples(MONTHS, st.integers(0, 10**6), st.sampled_from(["Яндекс", "vk", "наружная реклама"])),
    max_size=8,
    unique_by=lambda row: (row[0], row[2]),
)


@given(ROWS, st.sampled_from(["%Y-%m", "%m.%Y", "%d.%m.%Y"]))
def test_a_table_is_read_as_it_was_written(rows: list[tuple[date, int, str]], form: str) -> None:
    lines = [f"{month.strftime(form)};{channel};{amount},50" for month, amount, channel in rows]
    text = "\n".join(["Месяц;Канал;Бюджет", *lines])
    table = read_budget(text, BudgetWish(currency="RUB", decimal=","))
    assert table.faults == []
    assert table.lines == [
        BudgetLine(month, channel.lower(), "RUB", amount + Decimal("0.5"))
        for month, amount, channel in rows
    ]


@given(st.text(max_size=300))
def test_any_table_gives_lines_or_faults(text: str) -> None:
    table = read_budget(f"month;channel;amount;currency\n{text}", BudgetWish())
    assert table.fault_count >= len(table.faults)
    assert all(line.month.day == 1 and line.amount is not None for line in table.lines)
    if not table.faults:
        assert len({line.place for line in table.lines}) == len(table.lines)


@pytest.mark.parametrize(("amount", "currency"), [("5.0001", "RUB"), ("5.5", "JPY")])
def test_what_is_finer_than_its_currency_is_a_fault(amount: str, currency: str) -> None:
    """What is planned is set beside what was spent, to the kopeck."""
    table = read_budget(
        f"month;channel;amount\n2026-03;vk;{amount}\n", BudgetWish(currency=currency)
    )
    [fault] = table.faults
    assert (fault.row, fault.column) == (2, "amount")
    assert "digits behind the point" in fault.detail


def test_columns_are_known_by_their_names() -> None:
    names = ["Период", "utm_source", "План", "Валюта", "month"]
    assert columns_of(names, BUDGET) == {
        "month": "Период", "ad_channel": "utm_source", "amount": "План", "currency": "Валюта",
    }  # fmt: skip
    assert read_budget("a;b\n1;2\n", BudgetWish()).fault_count == 3
