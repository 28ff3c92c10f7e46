"""What a month that was paid already takes back, or still owes, when its sales change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.motivation.codec import Json, decimal_of
from services.kpi.domain.motivation.statements import Line
from services.kpi.domain.motivation.tallies import NO_SALES, Sum, Tally
from services.kpi.domain.motivation.terms import REVENUE, Terms

CLAW_BACK: Final = "claw_back"
LATE_SALES: Final = "late_sales"
CORRECTIONS: Final = frozenset({CLAW_BACK, LATE_SALES})


class CountedSale(NamedTuple):
    """A sale, or a change of one, as a frozen statement counts it."""

    sale_id: UUID
    lead_id: UUID | None
    product: str
    quantity: int
    amount: Decimal


def parted(changes: Sequence[CountedSale]) -> list[list[CountedSale]]:
    """Changes of a month's sales by the correction that tells of them, as far as there are any:
    what took away from the month, then what added to it. A sale of another product now is there
    twice, and tells of neither more nor less: it stands with what took away.
    """
    sums: dict[UUID, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for one in changes:
        quantity, amount = sums[one.sale_id]
        sums[one.sale_id] = quantity + one.quantity, amount + one.amount
    nothing = (0, Decimal(0))
    parts = (
        [one for one in changes if sums[one.sale_id] <= nothing],
        [one for one in changes if sums[one.sale_id] > nothing],
    )
    return [part for part in parts if part]


def counted_before(terms: Terms, lines: Iterable[Json]) -> Tally:
    """What a statement by these terms has counted, by its lines in JSON: its result, and the sales
    of each group of products, as far as they were paid by. Nothing else is known by them.
    """
    groups: dict[str, Sum] = {}
    total = NO_SALES
    for line in lines:
        inputs = line["inputs"]
        if line["kind"] == "personal" and terms.personal is not None:
            result = decimal_of(inputs["result"])
            is_money = terms.personal.measure == REVENUE
            total = Sum(0, result) if is_money else Sum(int(result), Decimal(0))
        elif line["kind"] == "group":
            sales, revenue = groups.get(line["group"], NO_SALES)
            if "revenue" in inputs:
                revenue = decimal_of(inputs["revenue"])
            else:
                sales = int(inputs["sales"])
            groups[line["group"]] = Sum(sales, revenue)
    return Tally(total, groups)


def correction_of(month: date, *, payout: Decimal, carried: Decimal, restated: Decimal) -> Line:
    """What the month would have paid had its sales been known as they are now, less what it paid
    and what later months corrected: negative where sales were cancelled or returned.
    """
    amount = restated - payout - carried
    return Line(
        kind=CLAW_BACK if amount <= 0 else LATE_SALES,
        amount=amount,
        formula="restated - paid - carried",
        inputs={
            "restated": Fraction(restated),
            "paid": Fraction(payout),
            "carried": Fraction(carried),
        },
        month=month,
    )
