"""What is counted of columns of sales. It is counted with numpy, which nobody loads before."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from services.kpi.domain.loyalty.association import Baskets
from services.kpi.domain.loyalty.customers import (
    Cell,
    Chosen,
    CohortCell,
    CustomerFilter,
)
from services.kpi.domain.loyalty.series import Series
from services.kpi.domain.loyalty.stretches import Stretch, micros
from services.kpi.domain.loyalty.trial import Outcome
from services.kpi.domain.periods import Period
from services.kpi.domain.plan.terms import Rule

if TYPE_CHECKING:
    from services.kpi.domain.loyalty.choosing import Buyers
    from services.kpi.domain.loyalty.credited import Credits
    from services.kpi.domain.loyalty.crossed import Crossed
    from services.kpi.domain.loyalty.held import Column
    from services.kpi.domain.loyalty.ledger import Ledger
    from services.kpi.domain.loyalty.natures import Natures

GAP_SHARES = (0.5, 0.9)
FEW = 8  # values of which sums are worth to be picked out
Stretches = Sequence[Stretch]


def count_cells(
    stretches: Stretches, span: Period, currency: str | None
) -> tuple[list[Cell], str | None]:
    """Customers by their scores, and the currency of the money."""
    from services.kpi.domain.loyalty import scoring  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.loyalty.sold import Sold  # noqa: PLC0415 (as above)

    sold = Sold(stretches, span.begins_at, span.ends_at)
    currency = currency or scoring.currency_of(sold)
    return scoring.cells(scoring.customers_of(sold, currency)), currency


def find_customers(
    stretches: Stretches, span: Period, currency: str | None, criteria: CustomerFilter
) -> tuple["Buyers", str | None]:
    """Customers by what they bought, and when; and the currency of the money."""
    from services.kpi.domain.loyalty import choosing, scoring  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.loyalty.sold import Sold  # noqa: PLC0415 (as above)

    sold = Sold(stretches, span.begins_at, span.ends_at)
    currency = currency or scoring.currency_of(sold)
    customers = scoring.customers_of(sold, currency)
    return choosing.buyers_of(sold, customers, criteria, span.zone), currency


def list_customers(
    group: tuple["Buyers", str | None],
    criteria: CustomerFilter,
    *,
    until: datetime,
    after: UUID | None,
    limit: int,
) -> Chosen:
    """Of the customers that were found those of whom the rest of the criteria is true as well, by
    id, the highest first.
    """
    from services.kpi.domain.loyalty import choosing  # noqa: PLC0415 (it loads numpy)

    buyers, currency = group
    items, total = choosing.page(buyers, criteria, until=until, after=after, limit=limit)
    return Chosen(items, total, currency)


def count_cohorts(
    stretches: Stretches, span: Period, months: Sequence[datetime]
) -> list[CohortCell]:
    """Who came back; `months` are the moments at which they begin."""
    from services.kpi.domain.loyalty import returning  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.loyalty.sold import Sold  # noqa: PLC0415 (as above)

    sold = Sold(stretches, span.begins_at, span.ends_at)
    return returning.cohorts(sold, [micros(month) for month in months])


def count_baskets(stretches: Stretches, span: Period, most_products: int) -> Baskets:
    """What the same people bought."""
    from services.kpi.domain.loyalty import returning  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.loyalty.sold import Sold  # noqa: PLC0415 (as above)

    return returning.baskets(Sold(stretches, span.begins_at, span.ends_at), most_products)


def measure_gaps(
    stretches: Stretches, span: Period, bounds: Sequence[datetime]
) -> list[list[float] | None]:
    """Median and ninth decile of the seconds since the person's sale before: of all sales that have
    one, then of those of each part of the period between two bounds; None where there is none.
    """
    from services.kpi.domain.loyalty import sold as arrays  # noqa: PLC0415 (it loads numpy)

    return arrays.gaps_by_part(
        arrays.Sold(stretches, span.begins_at, span.ends_at),
        [micros(bound) for bound in bounds],
        GAP_SHARES,
    )


def hold_all(
    columns: "Mapping[Series, Column | None]", stamps: Mapping[date, str], stretches: Stretches
) -> "dict[Series, Column]":
    """The columns, None of which nothing is held, with these days of a stretch each."""
    from services.kpi.domain.loyalty import held  # noqa: PLC0415 (it loads numpy)

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
    from services.kpi.domain.loyalty.ledger import Ledger  # noqa: PLC0415 (it loads numpy)

    return Ledger(columns, days, stretches, (span.begins_at, span.ends_at))


def credit_stretches(stretches: Stretches, model: int, lookback_days: int) -> "Credits":
    """What the sales are credited to by a model and a lookback."""
    from services.kpi.domain.loyalty import credited  # noqa: PLC0415 (it loads numpy)

    return credited.credited_by(stretches, model, lookback_days)


def measure_gaps_of(
    ledger: "Ledger", axes: Sequence[Series], bounds: Sequence[datetime]
) -> dict[tuple[tuple[str, ...], int] | None, list[float]]:
    """The same by values of axes, the empty text for none, and part, from 1; under None of all."""
    from services.kpi.domain.loyalty import crossed  # noqa: PLC0415 (it loads numpy)

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
    from services.kpi.domain.loyalty import crossed  # noqa: PLC0415 (it loads numpy)

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
    from services.kpi.domain.loyalty import sold as arrays  # noqa: PLC0415 (it loads numpy)

    sold = arrays.Sold(stretches, span.begins_at, span.ends_at)
    return arrays.sums_by_manager(sold, [micros(bound) for bound in bounds], currency)


def sum_orders(
    stretches: Stretches, bounds: Sequence[datetime]
) -> list[tuple[str, int, Decimal, int]]:
    """By currency, the empty text for none, and step between two bounds, numbered from 1: what
    sales come to, and how many there are.
    """
    from services.kpi.domain.loyalty import sold as arrays  # noqa: PLC0415 (it loads numpy)

    sold = arrays.Sold(stretches, bounds[0], bounds[-1])
    return arrays.sums_by_currency(sold, [micros(bound) for bound in bounds])


def sum_orders_of(
    stretches: Stretches, axis: str, values: Collection[str] | None, bounds: Sequence[datetime]
) -> list[tuple[tuple[str, str], int, Decimal, int]]:
    """The same by value of the axis, the empty text for none, and currency: of these values, or of
    all.
    """
    from services.kpi.domain.loyalty import sold as arrays  # noqa: PLC0415 (it loads numpy)

    if values is not None and len(values) <= FEW:
        from services.kpi.domain.loyalty.picking import picked  # noqa: PLC0415 (as above)

        stretches = picked(stretches, axis, values)
    sold = arrays.Sold(stretches, bounds[0], bounds[-1])
    sums = arrays.sums_by_value(sold, axis, [micros(bound) for bound in bounds])
    return sums if values is None else [each for each in sums if each[0][0] in values]


def tell_natures(
    stretches: Stretches, span: Period, rule: Rule, bounds: Sequence[datetime], currency: str
) -> "Natures":
    """Of the sales of the period, by parts of it."""
    from services.kpi.domain.loyalty import natures  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.loyalty.sold import Sold  # noqa: PLC0415 (as above)

    sold = Sold(stretches, span.begins_at, span.ends_at)
    return natures.Natures(sold, rule, bounds, currency, span.zone)


def count_buyers(
    stretches: Stretches, members: bytes, bounds: Sequence[datetime]
) -> tuple[Outcome, Outcome]:
    """Of the members of a list those who were to be asked, and those held back, and how many of
    them bought between the bounds. Of each member there is the id of the person, of 16 bytes, and
    in one whether they are held back.
    """
    from services.kpi.domain.loyalty import outcomes, sold  # noqa: PLC0415 (it loads numpy)

    return outcomes.outcomes_of(sold.Sold(stretches, bounds[0], bounds[-1]), members)


def count_asked_buyers(
    stretches: Stretches, members: bytes, came: bytes, bounds: Sequence[datetime]
) -> Outcome:
    """Of the members who were to be asked those among whom who `came` are, ids of 16 bytes each."""
    from services.kpi.domain.loyalty import outcomes, sold  # noqa: PLC0415 (it loads numpy)

    return outcomes.asked_of(sold.Sold(stretches, bounds[0], bounds[-1]), members, came)
