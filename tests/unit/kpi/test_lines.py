"""Lines that people tell: what a version does, and tables of targets that may hold anything."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.lines.tables import MOST_FAULTS
from services.kpi.domain.lines.versions import LineVersion, outcome_of, told_twice, version_after
from services.kpi.domain.motivation.tables import TargetWish, read_targets
from services.kpi.domain.motivation.targets import Target
from services.kpi.domain.spend.lines import SpendLine

NOW = datetime(2026, 3, 9, tzinfo=UTC)
MONTH = date(2026, 3, 1)
AMOUNTS = st.none() | st.integers(0, 3).map(Decimal)


def spent(amount: Decimal | None, currency: str = "RUB") -> SpendLine:
    return SpendLine(MONTH, "", "vk", "", amount or Decimal(0), currency)


@given(st.lists(st.tuples(AMOUNTS, st.sampled_from(["RUB", "USD"])), max_size=8))
def test_a_version_is_added_for_what_is_new_alone(said: list[tuple[Decimal | None, str]]) -> None:
    latest: LineVersion[SpendLine] | None = None
    versions: list[object] = []
    for amount, currency in said:
        line = spent(amount, currency)
        before = None if latest is None or latest.value is None else (latest.value, latest.line)
        outcome = outcome_of(line, amount, latest)
        present = None if amount is None else (amount, line)
        assert (outcome == "unchanged") == (before == present)
        assert (outcome == "recorded") == (before is None and present is not None)
        if outcome != "unchanged":
            latest = LineVersion(line, amount, version_after(latest), "anna", NOW)
            versions.append(latest.version)
    assert versions == list(range(1, len(versions) + 1))


@given(st.lists(st.integers(0, 5), max_size=12))
def test_what_stands_above_is_told_by_its_place(keys: list[int]) -> None:
    twice = told_twice(keys)
    assert len(keys) - len(twice) == len(set(keys))
    assert all(keys[place] in keys[:place] for place in twice)


SUBJECTS = {"анна": ["6c656164-666c-5f77-8000-6e616d657370"], "борис": ["1", "2"]}


@given(st.text(max_size=300))
def test_any_table_gives_targets_or_faults(text: str) -> None:
    for head in ("", "месяц;менеджер;план;валюта\n"):
        table = read_targets(head + text, TargetWish(), SUBJECTS)
        assert table.fault_count >= len(table.faults)
        assert len(table.lines) == len(table.rows)


def test_each_fault_of_a_row_is_named() -> None:
    head = "Месяц;Менеджер;План;Показатель\n"
    table = read_targets(head + "2026-13;борис;много;выручка\n", TargetWish(), SUBJECTS)
    assert [(fault.row, fault.column) for fault in table.faults] == [
        (2, "Месяц"), (2, "Менеджер"), (2, "План"), (2, "currency"),
    ]  # fmt: skip
    many = read_targets(head + "x;y;z;продажи\n" * MOST_FAULTS, TargetWish(), SUBJECTS)
    assert (len(many.faults), many.fault_count) == (MOST_FAULTS, 3 * MOST_FAULTS)


def test_a_number_of_sales_has_no_currency() -> None:
    text = "month;manager;value;measure;currency\n03.2026;Анна;7;sales;RUB\n"
    (target,) = read_targets(text, TargetWish(currency="RUB"), SUBJECTS).lines
    assert target == Target(MONTH, SUBJECTS["анна"][0], "sales", Decimal(7), "")
