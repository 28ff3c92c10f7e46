"""What a scheduled report shows at once: names, money and days as people write them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from services.kpi.domain.exports.about import SHEET, About
from services.kpi.domain.exports.words import NAMES
from services.kpi.domain.periods import period
from services.kpi.schemas.digest_parts import (
    Answer,
    _heading,
    _name,
    _signed,
    _text,
    part_of,
)
from services.kpi.schemas.digest_plans import PlanControlRow
from services.kpi.schemas.reports import GroupedOut, GroupOut, LabelsOut
from services.kpi.use_cases.digests.page import page, plain
from services.kpi.use_cases.digests.parts import Glance, Occasion, Part
from services.kpi.use_cases.digests.send import made_at

MOSCOW = ZoneInfo("Europe/Moscow")


def _row(value: str | None, plan: str) -> PlanControlRow:
    money = Decimal(plan)
    return PlanControlRow(
        value=value,
        label=None,
        plan=money,
        fact=Decimal(0),
        difference=-money,
        due_by_now=Decimal(0),
        attainment=None,
        pace=None,
        days_left=Decimal(20),
        required=None,
        days_by="country",
        country="RU",
    )


def _glance(rows: Sequence[PlanControlRow], language: str = "ru") -> Glance:
    span = period(date(2026, 10, 1), date(2026, 11, 1), MOSCOW)
    answer = Answer("plan-control", About("plan-control", span), rows, _row(None, "110"))
    return part_of(answer, language, []).glance


@pytest.mark.parametrize(("language", "plan"), [("ru", "План"), ("en", "Plan")])
def test_a_plan_is_called_one(language: str, plan: str) -> None:
    assert plan in _glance([_row("Тула", "10")], language).heading


@pytest.mark.parametrize(("language", "words"), [("ru", "звонок"), ("en", "call")])
def test_channels_are_called_as_people_call_them(language: str, words: str) -> None:
    group = GroupOut(channel="call")
    row = GroupedOut(group=group, labels=LabelsOut())
    assert _name(row, language) == words


def test_a_wide_table_scrolls_within_its_page() -> None:
    """A fixed layout keeps the page as wide as a phone."""
    heading = [str(number) for number in range(12)]
    glance = Glance(heading=heading, rows=[heading], totals=None, more=0, left_out=0)
    part = Part("funnel", "Воронка", "", "", (), (), (), glance, None, {})
    html = page("Отчёт", [part], "ru", moment="сегодня", has_files=False)
    assert html.count("table-layout:fixed") == 2
    assert '<div style="overflow-x:auto"><table' in html


def test_days_and_numbers_are_not_broken_and_names_may_be() -> None:
    rows = [["2026-11-01", "-5"], ["Georgy Danelyan", "1"]]
    glance = Glance(heading=["", "Sales"], rows=rows, totals=None, more=0, left_out=0)
    part = Part("sales", "Sales", "", "", (), (), (), glance, None, {})
    cells = page("Report", [part], "en", moment="today", has_files=False).split("<td")
    for word, is_whole in (("2026-11-01", True), ("-5", True), ("Georgy Danelyan", False)):
        (cell,) = (cell for cell in cells if f">{word}<" in cell)
        assert ("nowrap" in cell) is is_whole, word


@pytest.mark.parametrize(("language", "total"), [("ru", "Итого"), ("en", "Total")])
def test_what_has_no_value_is_not_called_the_total(language: str, total: str) -> None:
    """Else the region that nobody knows would look like all of them."""
    glance = _glance([_row("", "100"), _row("Тула", "10")], language)
    assert [row[0] for row in glance.rows] == ["—", "Тула"]
    assert glance.totals is not None
    assert glance.totals[0] == total


@pytest.mark.parametrize(
    ("plan", "language", "words"),
    [
        ("179294.8", "ru", "179\u00a0294,80"),
        ("6970.40", "en", "6\u00a0970.40"),
        ("32940", "ru", "32\u00a0940"),
        ("0.05", "ru", "0,05"),
    ],
)
def test_money_has_its_kopecks_whole_or_none(plan: str, language: str, words: str) -> None:
    glance = _glance([_row("Тула", plan)], language)
    column = list(glance.heading).index(NAMES["plan"].said(language))
    assert glance.rows[0][column] == words


@pytest.mark.parametrize(
    ("language", "days", "moment"),
    [
        ("ru", "01.10.2026 – 31.10.2026", "28.11.2026 04:37"),
        ("en", "2026-10-01 – 2026-10-31", "2026-11-28 04:37"),
    ],
)
def test_days_are_written_so_that_nobody_takes_a_month_for_a_day(
    language: str, days: str, moment: str
) -> None:
    span = period(date(2026, 10, 1), date(2026, 11, 1), MOSCOW)
    answer = Answer("plan-control", About("plan-control", span), [_row("Тула", "1")])
    assert part_of(answer, language, []).days == f"{days} (Europe/Moscow)"
    now = datetime(2026, 11, 28, 1, 37, tzinfo=UTC)
    assert made_at(Occasion(now, MOSCOW, language, now, MOSCOW)) == f"{moment} (Europe/Moscow)"


@pytest.mark.parametrize(
    ("has_files", "language", "words"),
    [
        (True, "ru", "Ещё строк во вложениях: 5."),
        (False, "ru", "Ещё строк: 5."),
        (True, "en", "More rows in the files: 5."),
        (False, "en", "More rows: 5."),
    ],
)
def test_nobody_is_sent_to_files_that_are_not_there(
    language: str, words: str, *, has_files: bool
) -> None:
    glance = Glance(heading=["", "Sales"], rows=[["a", "1"]], totals=None, more=5, left_out=0)
    part = Part("sales", "Sales", "", "", (), (), (), glance, None, {})
    for form in (page, plain):
        assert words in form("Report", [part], language, moment="today", has_files=has_files)


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        (("figures", "money", "RUB", "amount"), "ru", "Сумма, RUB"),
        (("figures", "amounts", "EUR"), "ru", "Сумма продаж, EUR"),
        (("figures", "spend", "RUB"), "en", "Spend, RUB"),
        (("over_capacity_minutes",), "ru", "Сверх вместимости"),
        (("response", "p50_seconds"), "ru", "Первый ответ: Медиана"),
        (("open_peak",), "ru", "Открыто максимум"),
    ],
)
def test_a_heading_names_the_figure_and_its_currency(
    path: tuple[str, ...], language: str, words: str
) -> None:
    assert _heading(path, language) == words


def test_minutes_are_told_as_time() -> None:
    assert _text(Decimal(10_080), ("over_capacity_minutes",), "ru") == "168 ч"
    assert _signed(Decimal(-90), ("over_capacity_minutes",), "en") == "−1 h 30 min"


@pytest.mark.parametrize(("language", "heading"), [("ru", "Об отчёте"), ("en", "About")])
def test_what_was_asked_for_is_told_in_words(language: str, heading: str) -> None:
    assert SHEET.said(language) == heading
    choices = {"group_by": "source,day", "attribution": "last_non_direct"}
    told = dict(
        About("sales", None, None, choices).rows(language, datetime(2026, 1, 1, tzinfo=UTC))
    )
    if language == "ru":
        assert told["Группировка"] == "источник, день"
        assert told["Атрибуция"] == "последний источник, кроме прямых заходов"
    else:
        assert told["Grouped by"] == "source, day"
        assert told["Attribution"] == "last source but direct"
