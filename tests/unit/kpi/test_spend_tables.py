"""Tables of spend as advertising systems write them, and what is wrong with others."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.lines.cells import amount_of, day_of, order_of, point_of
from services.kpi.domain.lines.tables import MOST_FAULTS
from services.kpi.domain.spend.lines import SpendLine
from services.kpi.domain.spend.tables import MAX_ROWS, SpendWish, read_spend
from shared.sheets import text_of_sheet

RUSSIAN = (
    "Отчёт за март\n"
    "\n"
    "Дата;Рекламный канал;Кампания;Расход, руб.;Клики\n"
    "01.03.2026;Яндекс;Весна ;1 234,56;10\n"
    "02.03.2026;Яндекс;весна;0,5;\n"
    "\n"
    "Итого;;;1 235,06;10\n"
)
ENGLISH = (
    'Date,Campaign name,Amount spent (USD)\n2026-03-01,Spring,"1,234.56"\n2026-03-02,Spring,7\n'
)


def lines(text: str, **wish: object) -> list[SpendLine]:
    table = read_spend(text, SpendWish(**wish))  # type: ignore[arg-type]
    assert table.faults == []
    return table.lines


def faults(text: str, **wish: object) -> list[tuple[int, str, str]]:
    table = read_spend(text, SpendWish(**wish))  # type: ignore[arg-type]
    assert table.faults
    return [tuple(fault) for fault in table.faults]  # type: ignore[misc]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251", "utf-16"])
def test_a_russian_export_in_any_encoding(encoding: str) -> None:
    text = text_of_sheet(RUSSIAN.encode(encoding))
    assert lines(text) == [
        SpendLine(date(2026, 3, 1), "", "яндекс", "весна", Decimal("1234.56"), "RUB"),
        SpendLine(date(2026, 3, 2), "", "яндекс", "весна", Decimal("0.5"), "RUB"),
    ]


def test_an_english_export_and_what_it_does_not_tell() -> None:
    first, second = lines(ENGLISH, ad_channel="Facebook")
    assert first == SpendLine(date(2026, 3, 1), "", "facebook", "spring", Decimal("1234.56"), "USD")
    assert second.amount == 7


def test_the_same_campaign_twice_is_refused_or_added() -> None:
    text = "day,cost,currency\n2026-03-01,1.10,RUB\n2026-03-01,2.05,RUB\n"
    assert faults(text) == [(3, "day", "the same day and campaign stand above it")]
    (line,) = lines(text, repeated="add")
    assert line.amount == Decimal("3.15")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("31.02.2026;5;RUB", "Дата"),
        ("1899-01-01;5;RUB", "Дата"),
        ("soon;5;RUB", "Дата"),
        (";5;RUB", "Дата"),
        ("01.03.2026;-5;RUB", "Расход"),
        ("01.03.2026;;RUB", "Расход"),
        ("01.03.2026;5;rouble", "Валюта"),
        ("01.03.2026;1.234;RUB", "Расход"),
        ("01.03.2026;1e5;RUB", "Расход"),
        ("01.03.2026;12,34,56;RUB", "Расход"),
    ],
)
def test_a_fault_names_its_row_and_column(row: str, column: str) -> None:
    text = f"Дата;Расход;Валюта\n01.02.2026;1;RUB\n{row}\n"
    assert [(fault[0], fault[1]) for fault in faults(text)] == [(3, column)]


def test_a_table_without_its_columns() -> None:
    assert {fault[2] for fault in faults("a;b\n1;2\n")} == {
        "no column is the day",
        "no column is the amount",
    }
    assert faults("")[0][0] == 0


def test_faults_and_rows_are_bounded() -> None:
    table = read_spend("day;cost\n" + "x;y\n" * 300, SpendWish())
    assert len(table.faults) == MOST_FAULTS
    assert table.fault_count == 900
    many = read_spend("day;cost\n" + "x;y\n" * (MAX_ROWS + 1), SpendWish())
    assert [fault.row for fault in many.faults] == [0]


@pytest.mark.parametrize(
    ("cells", "point"),
    [
        (["1,234", "5,5"], ","),
        (["1,234", "5.5"], "."),
        (["1,234"], None),
        (["5.5", "5,5"], None),
        (["1,234,567.8"], "."),
    ],
)
def test_the_column_tells_which_sign_is_the_point(cells: list[str], point: str | None) -> None:
    assert point_of(cells) == point


@pytest.mark.parametrize(
    ("cell", "point", "amount"),
    [
        ("1 234,56 ₽", None, "1234.56"),
        ("1\u202f234,56", ",", "1234.56"),
        ("1.234,56", None, "1234.56"),
        ("1,234,567", None, "1234567"),
        ("1'234.50 USD", None, "1234.50"),
        ("0.125", None, "0.125"),
        ("1,234", ",", "1.234"),
        ("1,234", ".", "1234"),
        ("500 руб.", None, "500"),
    ],
)
def test_numbers(cell: str, point: str | None, amount: str) -> None:
    assert amount_of(cell, point) == Decimal(amount)  # type: ignore[arg-type]


def test_dates_with_slashes_are_read_by_their_column() -> None:
    assert order_of(["01/02/2026", "13/02/2026"]) == "dmy"
    assert order_of(["01/02/2026", "02/13/2026"]) == "mdy"
    assert day_of("01/02/2026", "mdy") == date(2026, 1, 2)
    assert day_of("20260302", None) == date(2026, 3, 2)
    assert day_of("2026-03-02 00:00:00", None) == date(2026, 3, 2)
    with pytest.raises(ValueError, match="say which"):
        day_of("01/02/2026", None)


@given(st.text(alphabet=';,\t\n"0123456789.дdаtеeтcamount итог()₽', max_size=300))
def test_any_text_gives_lines_or_faults(text: str) -> None:
    for head in ("", "day;cost;currency\n"):
        table = read_spend(head + text, SpendWish(currency="RUB"))
        assert table.fault_count >= len(table.faults)


@given(st.text(max_size=60))
def test_any_cell_is_a_value_or_a_reason(cell: str) -> None:
    for read in (lambda: amount_of(cell, None), lambda: day_of(cell, None)):
        with suppress(ValueError):
            read()
