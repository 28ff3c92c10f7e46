"""What keeps promises of pay: explained to the kopeck, frozen when closed, returned once."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.kpi.domain.motivation import statements
from services.kpi.domain.motivation.terms import Terms
from services.kpi.repository.motivation.changes import PaidMonth
from services.kpi.use_cases.motivation import close
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

_HERE = "tests/integration/kpi"
_PAY = f"{_HERE}/test_pay.py"
_PRODUCTS = f"{_HERE}/test_pay_products.py"
_CHANGED = f"{_HERE}/test_pay_changes.py"
_ATTAINMENT = f"{_HERE}/test_attainment.py"


def _rounded_one_by_one(items: Sequence[Any], digits: int) -> list[Any]:
    unit = Decimal(1).scaleb(-digits)
    return [
        statements._line(item, Decimal(round(Fraction(item.amount) * 10**digits)) * unit)
        for item in items
    ]


def _own_sales_alone(statements: Sequence[Any], sales: Sequence[Any]) -> Iterator[Any]:
    return (one for one in _COUNTED(statements, sales) if one[1] == statements[0].month)


_COUNTED = close._counted


def _as_it_was_paid(_terms: Terms, item: PaidMonth, _tally: object) -> Decimal:
    return item.payout


def _all_as_one(schemes: Collection[Terms]) -> dict[str, str]:
    names = [name for terms in schemes for group in terms.groups for name in group.products]
    return dict.fromkeys(names, names[0])


PAY: tuple[Mechanism, ...] = (
    Mechanism(
        "products that a scheme tells apart stay apart",
        10,
        (f"{_PRODUCTS}::test_products_of_other_groups_earn_no_bonus",),
        {"services.kpi.use_cases.motivation.months:alike_products": _all_as_one},
    ),
    Mechanism(
        "each won lead has its product",
        10,
        (f"{_PRODUCTS}::test_a_lead_that_was_won_at_another_time_has_its_product",),
        {"services.kpi.repository.motivation.facts:of_another_time": always("NULL")},
    ),
    Mechanism(
        "lines of pay add up",
        10,
        ("tests/unit/kpi/test_pay.py::test_halves_of_kopecks_are_not_lost_line_by_line",),
        {"services.kpi.domain.motivation.statements:_settled": _rounded_one_by_one},
    ),
    Mechanism(
        "statements are their managers'",
        8,
        (f"{_PAY}::test_a_manager_sees_the_own_statement_only",),
        {"services.kpi.routes.motivation.statements:_require_own": always(None)},
    ),
    Mechanism(
        "a closed month stays as it was paid",
        10,
        (f"{_PAY}::test_a_closed_month_stays_as_it_was_paid",),
        {"services.kpi.repository.motivation.statements:find_closed": awaited()},
    ),
    Mechanism(
        "cancelled sales are taken back",
        10,
        (f"{_PAY}::test_a_claw_back_returns_what_was_paid_once",),
        {"services.kpi.use_cases.motivation.restating:restated_payout": _as_it_was_paid},
    ),
    Mechanism(
        "what was taken back is not taken again",
        2,
        (f"{_PAY}::test_a_claw_back_returns_what_was_paid_once",),
        {"services.kpi.use_cases.motivation.close:_counted": _own_sales_alone},
    ),
    Mechanism(
        "what changes of a closed month is seen at once",
        10,
        (f"{_PAY}::test_a_claw_back_returns_what_was_paid_once",),
        {"services.kpi.use_cases.money.tell:mark_sales": awaited()},
    ),
    Mechanism(
        "sales that were made anew are looked through",
        10,
        (f"{_CHANGED}::test_a_table_of_sales_that_was_made_anew_is_looked_through",),
        {"services.kpi.use_cases.motivation.restating:check_all": awaited()},
    ),
    Mechanism(
        "a scheme is tried before it pays",
        9,
        (f"{_HERE}/test_pay_schemes.py::test_it_is_approved_once_and_after_a_what_if",),
        {"services.kpi.repository.motivation.what_ifs:has_result": awaited(True)},
    ),
    Mechanism(
        "attainment is emitted once",
        2,
        (f"{_ATTAINMENT}::test_it_is_emitted_once_per_change_and_day",),
        {"services.kpi.use_cases.motivation.attain:is_new": always(True)},
    ),
    Mechanism(
        "a part of a month has a part of the base",
        10,
        (f"{_HERE}/test_pay_of_part_months.py::test_who_comes_and_who_leaves_is_paid_in_part",),
        {"services.kpi.use_cases.motivation.months:worked_part": always(Fraction(1))},
    ),
    Mechanism(
        "attainment of an older copy",
        7,
        (f"{_ATTAINMENT}::test_an_older_copy_repeats_nothing",),
        {"services.kpi.use_cases.restore:put_measured": awaited()},
    ),
)
