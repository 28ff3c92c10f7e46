"""When an indicator is breached, what is told of it, and when nobody wants to hear it."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.alerts.indicators import NOTHING, Measure, Unit
from services.kpi.domain.alerts.rules import (
    Against,
    Comparison,
    Rule,
    Step,
    Watch,
    judge,
    next_step,
)
from services.kpi.domain.alerts.wording import Subject, Telling, amount, number, sentence
from services.kpi.domain.deliveries.quiet import Quiet
from shared.ids import new_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MOSCOW, NEW_YORK = ZoneInfo("Europe/Moscow"), ZoneInfo("America/New_York")


def a_rule(comparison: str = "below", threshold: str = "5", **more: object) -> Rule:
    members = {
        "rule_id": new_id(),
        "name": "a rule",
        "indicator": "received",
        "axis": "company",
        "key": None,
        "comparison": Comparison(comparison),
        "threshold": Decimal(threshold),
        "window_hours": 24,
    }
    return Rule(**(members | more))  # type: ignore[arg-type]


def of(number: str | None, count: int = 100) -> Measure:
    return Measure(None if number is None else Decimal(number), count)


@pytest.mark.parametrize(
    ("comparison", "threshold", "value", "before", "breached"),
    [
        ("above", "5", "5", "0", False),
        ("above", "5", "5.01", "0", True),
        ("below", "5", "5", "0", False),
        ("below", "5", "4.99", "0", True),
        ("rises", "50", "150", "100", False),
        ("rises", "50", "151", "100", True),
        ("falls", "50", "50", "100", False),
        ("falls", "50", "49", "100", True),
        ("falls", "50", "0", "100", True),
        ("falls", "50", "0", "0", None),
        ("rises", "50", "9", None, None),
        ("above", "5", None, "9", None),
    ],
)
def test_a_number_is_held_against_its_limit(
    comparison: str, threshold: str, value: str | None, before: str | None, breached: bool | None
) -> None:
    finding = judge(a_rule(comparison, threshold), of(value), of(before))
    assert finding.breached is breached


def test_a_share_of_too_little_says_nothing_and_a_small_count_says_it_all() -> None:
    share = a_rule("below", "0.1", indicator="won_share", least=10)
    assert judge(share, of("0.01", count=9), NOTHING).breached is None
    assert judge(share, of("0.01", count=10), NOTHING).breached is True
    assert judge(a_rule("below", "5", least=10), of("1", count=1), NOTHING).breached is True
    money = a_rule("below", "5", indicator="won_amount", currency="RUB", least=10)
    assert judge(money, of("1", count=1), NOTHING).breached is True
    check = a_rule("below", "5", indicator="average_check", currency="RUB", least=10)
    assert judge(check, of("1", count=9), NOTHING).breached is None


def test_a_change_of_small_numbers_says_nothing() -> None:
    rise, fall = (a_rule(comparison, "50", least=10) for comparison in ("rises", "falls"))
    assert judge(rise, of("2", count=2), of("1", count=1)).breached is None
    assert judge(rise, of("12", count=12), of("1", count=1)).breached is True
    assert judge(fall, of("0", count=0), of("9", count=9)).breached is None
    assert judge(fall, of("0", count=0), of("10", count=10)).breached is True


def test_a_window_is_compared_with_the_one_before_or_a_week_ago() -> None:
    day, week = timedelta(days=1), timedelta(weeks=1)
    assert a_rule().windows(NOW) == ((NOW - day, NOW), (NOW - 2 * day, NOW - day))
    rule = a_rule(against=Against.WEEK_AGO)
    assert rule.windows(NOW)[1] == (NOW - week - day, NOW - week)
    assert rule.windows(NOW + timedelta(minutes=14)) == rule.windows(NOW)
    assert rule.windows(NOW + timedelta(minutes=15))[0][1] == NOW + timedelta(minutes=15)


def test_what_lasts_is_told_once_and_again_only_where_that_is_wanted() -> None:
    rule = a_rule(for_minutes=10, remind_hours=2)
    assert next_step(rule, None, breached=True, now=NOW) is Step.WATCH
    watch = Watch(NOW)
    nine, ten = NOW + timedelta(minutes=9), NOW + timedelta(minutes=10)
    assert next_step(rule, watch, breached=True, now=nine) is Step.NOTHING
    assert next_step(rule, watch, breached=True, now=ten) is Step.RAISE
    told = Watch(NOW, new_id(), ten)
    assert next_step(rule, told, breached=True, now=ten + timedelta(hours=1)) is Step.NOTHING
    assert next_step(rule, told, breached=True, now=ten + timedelta(hours=2)) is Step.REMIND
    silent = a_rule(for_minutes=10)
    assert next_step(silent, told, breached=True, now=ten + timedelta(days=9)) is Step.NOTHING


def test_what_is_back_is_over_and_what_nobody_knows_changes_nothing() -> None:
    rule, told = a_rule(for_minutes=10), Watch(NOW, new_id(), NOW)
    assert next_step(rule, told, breached=False, now=NOW) is Step.RESOLVE
    assert next_step(rule, Watch(NOW), breached=False, now=NOW) is Step.FORGET
    assert next_step(rule, None, breached=False, now=NOW) is Step.NOTHING
    for watch in (None, Watch(NOW), told):
        assert next_step(rule, watch, breached=None, now=NOW) is Step.NOTHING


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-02 21:59", "2026-03-02 21:59"),
        ("2026-03-02 22:00", "2026-03-03 08:00"),
        ("2026-03-03 07:59", "2026-03-03 08:00"),
        ("2026-03-03 08:00", "2026-03-03 08:00"),
        ("2026-03-06 23:00", "2026-03-09 08:00"),  # Friday night: the weekend follows
        ("2026-03-07 12:00", "2026-03-09 08:00"),
    ],
)
def test_nights_and_weekends_are_quiet(now: str, until: str) -> None:
    quiet = Quiet(MOSCOW, time(22), time(8), weekends=True)
    begin = datetime.fromisoformat(now).replace(tzinfo=MOSCOW)
    assert quiet.ends_after(begin) == datetime.fromisoformat(until).replace(tzinfo=MOSCOW)


def test_quiet_hours_follow_the_clock_over_its_changes() -> None:
    quiet = Quiet(NEW_YORK, time(1, 30), time(2, 30))
    skipped = datetime(2026, 3, 8, 1, 45, tzinfo=NEW_YORK)  # at 2:00 it becomes 3:00
    assert quiet.ends_after(skipped.astimezone(UTC)) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert quiet.ends_after(NOW) == NOW


def test_without_quiet_hours_nothing_waits() -> None:
    for quiet in (Quiet(MOSCOW), Quiet(MOSCOW, time(9), time(9))):
        assert quiet.ends_after(NOW) == NOW


@given(
    st.integers(0, 6_000_000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    st.sampled_from(["Europe/Moscow", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.booleans(),
)
def test_quiet_hours_end_within_a_weekend_and_never_before(
    now: datetime, zone: str, begins: time, ends: time, weekends: bool
) -> None:
    quiet = Quiet(ZoneInfo(zone), begins, ends, weekends)
    until = quiet.ends_after(now)
    assert now <= until <= now + timedelta(days=4)
    assert quiet.ends_after(until) == until


def test_a_sentence_says_what_to_whom_how_much_and_against_what() -> None:
    rule = a_rule("below", "0.05", indicator="won_share", axis="source")
    subject = Subject("source", "1", "site")
    words = [
        sentence(
            rule,
            subject,
            Telling.RAISED,
            value=Decimal("0.0312"),
            before=None,
            language=language,
        )
        for language in ("ru", "en")
    ]
    assert words == [
        "Внимание: конверсия в продажу, источник «site» — 3,12 % за 24 ч, порог: не ниже 5 %.",
        "Alert: conversion to sales, source «site» — 3.12 % in 24 h, limit: at least 5 %.",
    ]


def test_a_change_says_what_it_was_before() -> None:
    words = sentence(
        a_rule("falls", "30"),
        Subject("company", "", None),
        Telling.RESOLVED,
        value=Decimal(1200),
        before=Decimal(2400),
        language="ru",
    )
    assert words == (
        "Снова в норме: обращения, компания — 1\u00a0200 (было 2\u00a0400) за 24 ч,"
        " порог: спад не больше 30 %."
    )


@pytest.mark.parametrize(
    ("value", "unit", "ru", "en"),
    [
        ("0", Unit.COUNT, "0", "0"),
        ("1234567.895", Unit.MONEY, "1\u00a0234\u00a0567,90 RUB", "1\u00a0234\u00a0567.90 RUB"),
        ("3725", Unit.SECONDS, "1 ч 2 мин 5 с", "1 h 2 min 5 s"),
        ("0.4", Unit.SECONDS, "0 с", "0 s"),
        ("0.5", Unit.SHARE, "50 %", "50 %"),
        (None, Unit.SHARE, "нет данных", "no data"),
    ],
)
def test_numbers_are_written_as_their_readers_do(
    value: str | None, unit: Unit, ru: str, en: str
) -> None:
    given_number = None if value is None else Decimal(value)
    assert amount(given_number, unit, "ru", currency="RUB") == ru
    assert amount(given_number, unit, "en", currency="RUB") == en
    assert number(Decimal(100), "ru") == "100"
