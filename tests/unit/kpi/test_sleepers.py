"""Who sleeps is told for any moment from what was counted before it."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.loyalty import counting
from services.kpi.domain.loyalty.customers import Customer, CustomerFilter
from services.kpi.domain.loyalty.rhythm import is_sleeping
from services.kpi.domain.sale_columns import stretches as columns
from services.kpi.domain.sale_columns.stretches import micros
from tests.unit.kpi.test_sold import SALES, SPAN, UNTIL, Sale, customers_of, in_time, stretches_of


@given(SALES, st.integers(-(10**13), 10**13))
def test_whoever_sleeps_is_told_for_any_moment(items: list[Sale], since: int) -> None:
    """By cells as by customers, at the microsecond at which the first of them sleeps as well."""
    stretches = stretches_of(in_time(items), 3)
    cells, _ = counting.count_cells(stretches, SPAN, "RUB")
    ends = [after // 2 for cell in cells for after in cell.asleep_after]
    moments = [micros(UNTIL) + since, *(min(ends) + step for step in range(2) if ends)]
    for moment in moments:
        if not 0 < moment < 10**17:  # nobody sleeps ever
            continue
        until = columns.EPOCH + moment * columns.MICROSECOND
        asleep = customers_of(stretches, CustomerFilter(sleeping=True), until=until, limit=1)
        one_by_one = customers_of(stretches, until=until, limit=len(ends) + 1)
        sleepers = sum(_sleeps(one, until) for one in one_by_one.customers)
        assert sum(cell.sleeping(until) for cell in cells) == asleep.total == sleepers


def _sleeps(customer: Customer, until: datetime) -> bool:
    """One's own limit is whole microseconds, of which its seconds are the nearest number; that of
    the company is a number between two of them.
    """
    since, limit = until - customer.last_at, customer.limit_seconds
    if customer.is_own and limit is not None:
        return since // timedelta(microseconds=1) > round(limit * 10**6)
    return is_sleeping(since.total_seconds(), limit)
