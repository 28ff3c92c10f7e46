"""What is counted of columns of sales. It is counted with numpy, which nobody loads before."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from services.kpi.domain.periods import Period
from services.kpi.domain.sale_columns.series import Series
from services.kpi.domain.sale_columns.stretches import Stretches, micros

if TYPE_CHECKING:
    from services.kpi.domain.sale_columns.credited import Credits
    from services.kpi.domain.sale_columns.crossed import Crossed
    from services.kpi.domain.sale_columns.held import Column
    from services.kpi.domain.sale_columns.ledger import Ledger

GAP_SHARES = (0.5, 0.9)
FEW = 8  # values of which sums are worth to be picked out


def measure_gaps(
    stretches: Stretches, span: Period, bounds: Sequence[datetime]
) -> list[list[float] | None]:
    """Median and ninth decile of the seconds since the person's sale before: of all sales that have
    one, then of those of each part of the period between two bounds; None where there is none.
    """
    from services.kpi.domain.sale_columns import sold as arrays  # noqa: PLC0415 (it loads numpy)

    return arrays.gaps_by_part(
        arrays.Sold(stretches, span.begins_at, span.ends_at),
        [micros(bound) for bound in bounds],
        GAP_SHARES,
    )


def hold_all(
    columns: "Mapping[Series, Column | None]", stamps: Mapping[date, str], stretches: Stretches
) -> "dict[Series, Column]":
    """The columns, None of which nothing is held, with these days of a stretch each."""
    from services.kpi.domain.sale_columns import held  # noqa: PLC0415 (it loads numpy)

    return {
        series: held.renewed(column or held.nothing(series), series, stamps, stretches)
        for series, column in columns.items()
    }


def open_ledger(
    columns: "Mapping[Series, Column]",
    days: Sequence[date],
    stretches: Stretches,
    span: Period,
) -> "Ledger":
    """The sales of the period, of these days of columns and of stretches."""
    from services.kpi.domain.sale_columns.ledger import Ledger  # noqa: PLC0415 (it loads numpy)

    return Ledger(columns, days, stretches, (span.begins_at, span.ends_at))


def credit_stretches(stretches: Stretches, model: int, lookback_days: int) -> "Credits":
    """What the sales are credited to by a model and a lookback."""
    from services.kpi.domain.sale_columns import credited  # noqa: PLC0415 (it loads numpy)

    return credited.credited_by(stretches, model, lookback_days)


def measure_gaps_of(
    ledger: "Ledger", axes: Sequence[Series], bounds: Sequence[datetime]
) -> dict[tuple[tuple[str, ...], int] | None, list[float]]:
    """The same by values of axes, the empty text for none, and part, from 1; under None of all."""
    from services.kpi.domain.sale_columns import crossed  # noqa: PLC0415 (it loads numpy)

    columns = list(map(ledger.named, axes))
    return crossed.gaps_of_values(ledger, columns, [micros(one) for one in bounds], GAP_SHARES)


def cross_sales(
    ledgers: "tuple[Ledger, Ledger]",
    axes: tuple[Sequence[Series], Sequence[Series]],
    bounds: Sequence[datetime],
    most: int | None,
) -> "Crossed":
    """What sales that stand come to by values of axes and part of the period, and beside them those
    that were taken back.
    """
    from services.kpi.domain.sale_columns import crossed  # noqa: PLC0415 (it loads numpy)

    (stand, back), (of_stand, of_back) = ledgers, axes
    columns = list(map(stand.named, of_stand)), list(map(back.named, of_back))
    moments = [micros(one) for one in bounds]
    return crossed.cross(ledgers, columns, moments, GAP_SHARES, most)


def sum_by_manager(
    stretches: Stretches, span: Period, bounds: Sequence[datetime], currency: str
) -> list[tuple[str, int, Decimal, int]]:
    """By manager and part of the period between two bounds, numbered from 1: what sales in the
    currency come to, and how many sales there are.
    """
    from services.kpi.domain.sale_columns import sold as arrays  # noqa: PLC0415 (it loads numpy)

    sold = arrays.Sold(stretches, span.begins_at, span.ends_at)
    return arrays.sums_by_manager(sold, [micros(bound) for bound in bounds], currency)


def sum_orders(
    stretches: Stretches, bounds: Sequence[datetime]
) -> list[tuple[str, int, Decimal, int]]:
    """By currency, the empty text for none, and step between two bounds, numbered from 1: what
    sales come to, and how many there are.
    """
    from services.kpi.domain.sale_columns import sold as arrays  # noqa: PLC0415 (it loads numpy)

    sold = arrays.Sold(stretches, bounds[0], bounds[-1])
    return arrays.sums_by_currency(sold, [micros(bound) for bound in bounds])


def sum_orders_of(
    stretches: Stretches, axis: str, values: Collection[str] | None, bounds: Sequence[datetime]
) -> list[tuple[tuple[str, str], int, Decimal, int]]:
    """The same by value of the axis, the empty text for none, and currency: of these values, or of
    all.
    """
    from services.kpi.domain.sale_columns import sold as arrays  # noqa: PLC0415 (it loads numpy)

    if values is not None and len(values) <= FEW:
        from services.kpi.domain.sale_columns.picking import picked  # noqa: PLC0415 (as above)

        stretches = picked(stretches, axis, values)
    sold = arrays.Sold(stretches, bounds[0], bounds[-1])
    sums = arrays.sums_by_value(sold, axis, [micros(bound) for bound in bounds])
    return sums if values is None else [each for each in sums if each[0][0] in values]
