"""What keeps reports on customers discreet, comparisons fair, and advice honest."""

from collections import defaultdict
from collections.abc import Sized
from secrets import token_bytes
from typing import Any

from services.kpi.domain.loyalty import outcomes
from services.kpi.domain.marketing.advice import Span
from services.kpi.domain.marketing.curves import Fit, _curve, telling
from services.kpi.domain.sale_columns.stretches import Stretch
from services.kpi.repository.money.sale_days import Days
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

UNIT = "tests/unit/kpi"
HERE = "tests/integration/kpi"


def _whatever_there_is(months: Any) -> Fit:
    used = telling(months)
    return Fit(len(used), _curve(used), None)


def _asked_at_all(*facts: Any) -> Any:
    people = _PEOPLE(*facts)
    return people._replace(held_back=people.held_back & ~people.asked)


_PEOPLE = outcomes._people


def _each_sale(codes: Any, chosen: Any) -> Any:
    from services.kpi.domain.sale_columns.crossed import _people  # noqa: PLC0415 (it loads numpy)

    return _people(codes * 0 + range(len(codes)), chosen)


async def _of_nothing(_session: Any, days: Days, _names: Any) -> list[Stretch]:
    return [Stretch() for _ in days.stamps]


def _nowhere(_cells: Any, others: Sized) -> Any:
    from numpy import full  # noqa: PLC0415 (as services load it)

    return full(len(others), -1)


def _another(_days: Any) -> bytes:
    return token_bytes()


LOYALTY: tuple[Mechanism, ...] = (
    Mechanism(
        "no pair of products tells of few people",
        10,
        (f"{UNIT}/test_loyalty.py::test_no_rule_tells_of_few",),
        {"services.kpi.domain.loyalty.association:is_told": always(True)},
    ),
    Mechanism(
        "sleepers are told by their own usual time",
        10,
        (f"{HERE}/test_loyalty.py::test_scores_and_sleepers_are_those_of_the_rule",),
        {"services.kpi.domain.loyalty.scoring:own_factor": always(99)},
    ),
    Mechanism(
        "a day whose sales changed is not kept",
        10,
        (f"{HERE}/test_loyalty_rows.py::test_who_has_bought_nothing_any_more_is_no_customer",),
        {"services.kpi.use_cases.money.tell:forget_days": awaited()},
    ),
    Mechanism(
        "what is held of sales is of the same sales",
        10,
        (f"{HERE}/test_loyalty_rows.py::test_who_has_bought_nothing_any_more_is_no_customer",),
        {"services.kpi.repository.money.held_sales:_digest": always(b"")},
    ),
    Mechanism(
        "what was counted of sales stays in memory",
        11,
        (f"{HERE}/test_held_sales.py::test_what_was_counted_of_sales_is_not_counted_again",),
        {"services.kpi.repository.money.held_sales:_digest": _another},
    ),
    Mechanism(
        "sums of days of sales stay in memory",
        11,
        (f"{HERE}/test_held_sales.py::test_sums_of_days_are_not_read_again",),
        {"services.kpi.repository.money.held_sales:_digest": _another},
    ),
    Mechanism(
        "days of sales that change meanwhile are read again",
        10,
        (f"{HERE}/test_held_sales.py::test_days_that_changed_meanwhile_are_read_again",),
        {"services.kpi.repository.money.sale_days:_are_same": always(value=True)},
    ),
    Mechanism(
        "columns of sales stay in memory",
        11,
        (f"{HERE}/test_held_sales.py::test_columns_of_sales_are_not_read_again",),
        {"services.kpi.repository.money.held_columns:_find": always(None)},
    ),
    Mechanism(
        "a held column is of the days as they are",
        10,
        (f"{HERE}/test_held_sales.py::test_columns_of_sales_are_not_read_again",),
        {"services.kpi.repository.money.held_columns:_other_days": always({})},
    ),
    Mechanism(
        "a person counts once with each manager",
        10,
        (f"{HERE}/test_sales_rows.py::test_a_person_counts_once_with_each_manager",),
        {"services.kpi.domain.sale_columns.crossed:_people": _each_sale},
    ),
    Mechanism(
        "what is taken back counts with its manager",
        10,
        (f"{HERE}/test_sales_rows.py::test_what_is_taken_back_counts_with_its_manager",),
        {"services.kpi.repository.money.held_columns:read_taken_back_days": _of_nothing},
    ),
    Mechanism(
        "what is taken back counts in its group",
        10,
        (f"{HERE}/test_sales_rows.py::test_what_is_taken_back_counts_in_its_group",),
        {"services.kpi.domain.sale_columns.taken_back:_counted": always(defaultdict(list))},
    ),
    Mechanism(
        "a sale is credited by the model that is asked for",
        10,
        (f"{HERE}/test_sales_rows.py::test_each_model_credits_its_own_inquiry",),
        {"services.kpi.domain.sale_columns.credited:_is_chosen": always(True)},
    ),
    Mechanism(
        "groups beyond a thousand are counted",
        10,
        (
            "tests/unit/kpi/test_sold_groups.py::test_what_was_taken_back_stands_in_its_group_or_alone",
        ),
        {"services.kpi.domain.sale_columns.taken_back:found_among": _nowhere},
    ),
    Mechanism(
        "an inquiry tells of the list that was approached last",
        10,
        (
            f"{HERE}/test_loyalty_approach.py::test_an_inquiry_is_of_the_list_that_was_approached_last",
        ),
        {"services.kpi.repository.loyalty.approaches:_of_later_list": always("false")},
    ),
    Mechanism(
        "customers are shown as they were known",
        10,
        (f"{HERE}/test_loyalty_rows.py::test_what_was_known_on_a_day_is_told_by_it",),
        {"services.kpi.repository.money.sale_days:_changed_days": awaited([])},
    ),
    Mechanism(
        "nobody who is held back is approached",
        10,
        (f"{HERE}/test_loyalty_approach.py::test_whoever_is_not_held_back_stands_in_the_event",),
        {"services.kpi.repository.loyalty.approaches:_not_held_back": always("")},
    ),
    Mechanism(
        "whoever was asked and held back is of neither group",
        10,
        (
            "tests/unit/kpi/test_list_outcomes.py::test_of_whoever_was_asked_and_held_back_nothing_is_said",
        ),
        {"services.kpi.domain.loyalty.outcomes:_people": _asked_at_all},
    ),
    Mechanism(
        "somebody is held back from each list",
        10,
        (f"{HERE}/test_loyalty_lists.py::test_a_list_is_measured_against_those_held_back",),
        {"services.kpi.use_cases.loyalty.lists:is_held_back": always(False)},
    ),
    Mechanism(
        "advice says what it does not know",
        10,
        (f"{HERE}/test_marketing.py::test_advice_says_that_there_is_not_enough",),
        {"services.kpi.domain.marketing.advice:fit": _whatever_there_is},
    ),
    Mechanism(
        "advice goes no further than was tried",
        10,
        (f"{UNIT}/test_marketing.py::test_advice_moves_only_what_it_knows_something_of",),
        {"services.kpi.domain.marketing.advice:span_of": always(Span(1.0, 1e9))},
    ),
    Mechanism(
        "budgets keep their versions",
        10,
        (f"{HERE}/test_marketing.py::test_a_correction_of_a_budget_is_a_version",),
        {"services.kpi.use_cases.lines:version_after": always(1)},
    ),
)
