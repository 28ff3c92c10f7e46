"""What is counted of customers, from columns of sales. It is counted with numpy, which nobody loads
before.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from services.kpi.domain.loyalty.association import Baskets
from services.kpi.domain.loyalty.customers import (
    Cell,
    Chosen,
    CohortCell,
    CustomerFilter,
)
from services.kpi.domain.loyalty.trial import Outcome
from services.kpi.domain.periods import Period
from services.kpi.domain.plan.terms import Rule
from services.kpi.domain.sale_columns.stretches import Stretches, micros

if TYPE_CHECKING:
    from services.kpi.domain.loyalty.choosing import Buyers
    from services.kpi.domain.loyalty.natures import Natures


def count_cells(
    stretches: Stretches, span: Period, currency: str | None
) -> tuple[list[Cell], str | None]:
    """Customers by their scores, and the currency of the money."""
    from services.kpi.domain.loyalty import scoring  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.sale_columns.sold import Sold  # noqa: PLC0415 (as above)

    sold = Sold(stretches, span.begins_at, span.ends_at)
    currency = currency or scoring.currency_of(sold)
    return scoring.cells(scoring.customers_of(sold, currency)), currency


def find_customers(
    stretches: Stretches, span: Period, currency: str | None, criteria: CustomerFilter
) -> tuple["Buyers", str | None]:
    """Customers by what they bought, and when; and the currency of the money."""
    from services.kpi.domain.loyalty import choosing, scoring  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.sale_columns.sold import Sold  # noqa: PLC0415 (as above)

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
    from services.kpi.domain.sale_columns.sold import Sold  # noqa: PLC0415 (as above)

    sold = Sold(stretches, span.begins_at, span.ends_at)
    return returning.cohorts(sold, [micros(month) for month in months])


def count_baskets(stretches: Stretches, span: Period, most_products: int) -> Baskets:
    """What the same people bought."""
    from services.kpi.domain.loyalty import returning  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.sale_columns.sold import Sold  # noqa: PLC0415 (as above)

    return returning.baskets(Sold(stretches, span.begins_at, span.ends_at), most_products)


def tell_natures(
    stretches: Stretches, span: Period, rule: Rule, bounds: Sequence[datetime], currency: str
) -> "Natures":
    """Of the sales of the period, by parts of it."""
    from services.kpi.domain.loyalty import natures  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.sale_columns.sold import Sold  # noqa: PLC0415 (as above)

    sold = Sold(stretches, span.begins_at, span.ends_at)
    return natures.Natures(sold, rule, bounds, currency, span.zone)


def count_buyers(
    stretches: Stretches, members: bytes, bounds: Sequence[datetime]
) -> tuple[Outcome, Outcome]:
    """Of the members of a list those who were to be asked, and those held back, and how many of
    them bought between the bounds. Of each member there is the id of the person, of 16 bytes, and
    in one whether they are held back.
    """
    from services.kpi.domain.loyalty import outcomes  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.sale_columns import sold  # noqa: PLC0415 (it loads numpy)

    return outcomes.outcomes_of(sold.Sold(stretches, bounds[0], bounds[-1]), members)


def count_asked_buyers(
    stretches: Stretches, members: bytes, came: bytes, bounds: Sequence[datetime]
) -> Outcome:
    """Of the members who were to be asked those among whom who `came` are, ids of 16 bytes each."""
    from services.kpi.domain.loyalty import outcomes  # noqa: PLC0415 (it loads numpy)
    from services.kpi.domain.sale_columns import sold  # noqa: PLC0415 (it loads numpy)

    return outcomes.asked_of(sold.Sold(stretches, bounds[0], bounds[-1]), members, came)
