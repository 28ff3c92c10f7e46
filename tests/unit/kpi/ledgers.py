"""Sales as the arrays in which reports on them count."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date
from itertools import groupby

from services.kpi.domain.periods import Period
from services.kpi.domain.sale_columns import counting
from services.kpi.domain.sale_columns.held import Column
from services.kpi.domain.sale_columns.ledger import Ledger
from services.kpi.domain.sale_columns.series import Series
from services.kpi.domain.sale_columns.stretches import Stretch
from tests.unit.kpi.test_sold import Sale, stretch

AXES = (Series("products"), Series("managers"))
ALL = (
    *map(Series, ("people", "ats", "befores", "signs", "currencies", "amounts")),
    *AXES,
)
Columns = Mapping[Series, Column]


def ledger_of(stretches: Sequence[Stretch], span: Period) -> Ledger:
    """Of stretches alone: no day is held."""
    return counting.open_ledger(counting.hold_all(dict.fromkeys(ALL), {}, []), (), stretches, span)


def by_day(sales: Sequence[Sale]) -> dict[date, Stretch]:
    """The sales, which ascend, by day of UTC."""
    days = groupby(sales, lambda sale: sale.at.astimezone(UTC).date())
    return {day: stretch([*each]) for day, each in days}
