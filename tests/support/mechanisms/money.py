"""What keeps sales counted once, credited whole, and spend as it was told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from services.kpi.domain.facts import ContactLinkFact
from services.kpi.domain.lines.tables import Table, read_row
from services.kpi.domain.paths.rows import Row, Version
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/kpi"


def _rounded(amount: Decimal, parts: Sequence[Fraction], unit: Decimal) -> list[Decimal]:
    return [Decimal(int(Fraction(amount) * part / Fraction(unit))) * unit for part in parts]


def _as_born(links: Sequence[ContactLinkFact], _until: datetime) -> UUID:
    return links[0].contact_id


def _as_it_is_now(
    _old: Iterable[Version], states: Mapping[date, Iterable[Row]], _since: date, *, end: date
) -> list[Version]:
    return [Version(date.min, end, row) for row in states[max(states)]]


def _as_far_as_it_goes(_table: Table[Any], *row: Any) -> Any:
    """Faults are told to a table that nobody looks at."""
    return read_row(Table(), *row)


MONEY: tuple[Mechanism, ...] = (
    Mechanism(
        "a win and its order are one sale",
        10,
        (f"{HERE}/test_sales_reports.py::test_a_win_and_its_order_are_one_sale",),
        {"services.kpi.domain.sales.people:orders_of_wins": always({})},
    ),
    Mechanism(
        "sales follow their people",
        10,
        (
            (
                f"{HERE}/test_sales_reports.py::"
                "test_a_merge_makes_a_returning_customer_and_a_split_undoes_it"
            ),
        ),
        {"services.kpi.domain.paths.people:_person": _as_born},
    ),
    Mechanism(
        "reports on money tell what the events tell",
        7,
        (f"{HERE}/test_paths.py::test_any_report_tells_what_the_events_tell",),
        {"services.kpi.domain.paths.people:groupings_within": always(1)},
    ),
    Mechanism(
        "customers are counted once",
        7,
        (f"{HERE}/test_paths.py::test_sales_by_sums_are_sales_by_rows",),
        {"services.kpi.domain.paths.people:sold_again": always(())},
    ),
    Mechanism(
        "people are told by what was known",
        7,
        (f"{HERE}/test_returns.py::test_a_report_as_it_was_known_on_a_day",),
        {"services.kpi.use_cases.money.tell:retold": _as_it_is_now},
    ),
    Mechanism(
        "what is kept lacks no sales",
        10,
        (
            f"{HERE}/test_untold_sales.py::test_what_is_kept_waits_until_sales_are_told",
            f"{HERE}/plans/test_coordination.py::test_nothing_is_opened_before_sales_are_told",
        ),
        {"services.kpi.use_cases.money.completeness:are_more_untold": awaited(False)},
    ),
    Mechanism(
        "a rebuild tells people too",
        7,
        (f"{HERE}/test_rebuild_beside.py::test_equal_tables_are_exchanged_and_consumed_on",),
        {"services.kpi.use_cases.money.tell:tell_next": awaited(False)},
    ),
    Mechanism(
        "credits add up to the sale",
        10,
        (
            (
                "tests/unit/kpi/test_attribution.py::"
                "test_credits_add_up_to_the_sale_to_its_smallest_unit"
            ),
        ),
        {"services.kpi.domain.attribution:split": _rounded},
    ),
    Mechanism(
        "lines told again",
        2,
        (
            f"{HERE}/test_spend.py::test_told_again_it_is_the_same_and_a_correction_is_a_version",
            (
                f"{HERE}/test_pay_targets.py::"
                "test_set_again_it_is_the_same_and_a_correction_is_a_version"
            ),
            f"{HERE}/test_territory_facts.py::test_the_same_again_changes_nothing",
        ),
        {"services.kpi.use_cases.lines:outcome_of": always("recorded")},
    ),
    Mechanism(
        "a table is recorded whole",
        3,
        (
            f"{HERE}/test_spend.py::test_a_table_with_a_fault_is_refused_whole",
            f"{HERE}/test_territory_facts.py::test_a_table_with_a_fault_is_refused_whole",
        ),
        {"services.kpi.domain.lines.tables:read_row": _as_far_as_it_goes},
    ),
)
