"""Two periods side by side, and the words of exported columns."""

from bisect import bisect_left
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from services.kpi.domain.comparison import change, twins
from services.kpi.domain.exports.words import NAMES, SILENT
from services.kpi.domain.periods import STEPS, Period, period, real_days
from services.kpi.schemas.alerts import AlertOut
from services.kpi.schemas.conversions import ConversionsOut, CurveOut, LossReasonsOut, StagesOut
from services.kpi.schemas.drill_down import DrillDownItemOut
from services.kpi.schemas.exports import heading_of
from services.kpi.schemas.load import LoadRowOut
from services.kpi.schemas.money.returns import ReturnsItemOut, ReturnsOut
from services.kpi.schemas.money.sales import SaleOut, SalesOut
from services.kpi.schemas.planning import PointOut
from services.kpi.schemas.reports import FunnelOut, ResponseTimesOut, StepsOut
from services.kpi.schemas.spend import SpendOut
from services.kpi.schemas.summaries import ManagersOut
from services.kpi.schemas.waits import WaitsLineOut

TAKEN = (
    FunnelOut, ResponseTimesOut, StepsOut, ManagersOut, ConversionsOut, StagesOut, LossReasonsOut,
    CurveOut, ReturnsOut, SalesOut, DrillDownItemOut, ReturnsItemOut, SaleOut, SpendOut, AlertOut,
    LoadRowOut, WaitsLineOut, PointOut,
)  # fmt: skip
TOLD_OTHERWISE = SILENT | {"rows", "totals", "points", "labels", "more", "value", "waiting"}


@pytest.mark.parametrize(
    ("now", "before", "absolute", "relative"),
    [
        ("15", "10", "5", 0.5),
        ("5", "10", "-5", -0.5),
        ("5", "-10", "15", 1.5),
        ("1", "3", "-2", -0.6667),
        ("3", "0", "3", None),
        ("0", "0", "0", None),
        (None, "3", None, None),
        ("3", None, None, None),
    ],
)
def test_a_change_divides_by_something_or_is_none(
    now: str | None, before: str | None, absolute: str | None, relative: float | None
) -> None:
    found = change(now and Decimal(now), before and Decimal(before))  # type: ignore[arg-type]
    assert found == (None if absolute is None else Decimal(absolute), relative)


def part_lengths(span: Period, step: str) -> list[int]:
    """How many days of the period each of its parts has, one by one."""
    begins = [begin for begin, end in pairwise(span.bounds) if begin < end]
    places = [bisect_left(begins, bound) for bound in span.steps(step).bounds]
    return [end - begin for begin, end in pairwise(places)]


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 400), st.sampled_from(STEPS))
def test_parts_are_compared_with_parts_of_their_length(first: date, days: int, step: str) -> None:
    end = date.fromordinal(first.toordinal() + days)
    span = period(first, end, ZoneInfo("Europe/Moscow"))
    before = span.previous()
    lengths = dict(zip(span.steps(step).days, part_lengths(span, step), strict=True))
    lengths_before = dict(zip(before.steps(step).days, part_lengths(before, step), strict=True))
    assert sum(lengths.values()) == sum(lengths_before.values()) == days
    pairs = zip(lengths.items(), lengths_before.items(), strict=False)
    expected = {day: twin for (day, here), (twin, there) in pairs if here == there}
    assert twins(span, before, step) == expected
    if step == "day":
        assert len(twins(span, before, step)) == days


@pytest.mark.parametrize(
    ("first", "end", "step", "expected"),
    [
        # The calendar of Apia went from 29 to 31 December 2011.
        (date(2011, 12, 28), date(2012, 1, 2), "day", [1, 1, 0, 1, 1]),
        (date(2011, 12, 19), date(2012, 1, 9), "week", [7, 6, 7]),
        (date(2011, 11, 1), date(2012, 2, 1), "month", [30, 30, 31]),
        (date(2011, 12, 30), date(2012, 1, 1), "month", [1]),
        (date(2011, 12, 29), date(2011, 12, 31), "day", [1, 0]),
    ],
)
def test_a_date_that_a_zone_left_out_is_no_day(
    first: date, end: date, step: str, expected: list[int]
) -> None:
    span = period(first, end, ZoneInfo("Pacific/Apia"))
    assert part_lengths(span, step) == expected
    assert real_days(first, end, span.zone) == sum(expected)


def test_beside_a_date_that_a_zone_left_out_stands_no_day() -> None:
    after = period(date(2011, 12, 31), date(2012, 1, 2), ZoneInfo("Pacific/Apia"))
    assert twins(after, after.previous(), "day") == {date(2011, 12, 31): date(2011, 12, 29)}


def members(model: type[BaseModel]) -> set[str]:
    """The names of all members, those of the members' members too."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names.add(name)
        inner = [field.annotation, *get_args(field.annotation)]
        inner += [each for one in inner for each in get_args(one)]
        for each in inner:
            if isinstance(each, type) and issubclass(each, BaseModel):
                names |= members(each)
    return names


@pytest.mark.parametrize("model", TAKEN, ids=lambda model: model.__name__)
def test_every_column_has_words_in_both_languages(model: type[BaseModel]) -> None:
    assert members(model) - TOLD_OTHERWISE <= NAMES.keys()
    for words in NAMES.values():
        assert all(words)


@pytest.mark.parametrize(
    ("path", "ru", "en"),
    [
        (("group", "source"), "Источник (id)", "Source (id)"),
        (("labels", "manager"), "Менеджер: название", "Manager: name"),
        (("figures", "romi", "value"), "ROMI", "Return (ROMI)"),
        (("won_amounts", "RUB"), "Сумма продаж: RUB", "Sales amount: RUB"),
        (("value",), "Значение", "Value"),
        (
            ("changes", "activity.won", "absolute"),
            "Изменение: За период: Продано: на сколько",
            "Change: In the period: Won: by",
        ),
    ],
)
def test_headings(path: Any, ru: str, en: str) -> None:
    assert (heading_of(path, "ru"), heading_of(path, "en")) == (ru, en)
