"""What a month that was paid already takes back, or still owes, when its sales change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.motivation.statements import Cell, Line
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


def counted_cells(terms: Terms, lines: Iterable[Line]) -> list[Cell]:
    """Cells of sales that come to whatever the lines of a statement by these terms rest on: its
    result, and what it counted of each group of products. Nothing else is known by them.
    """
    first = {group.key: group.products[0] for group in terms.groups if group.products}
    groups: dict[str, Cell] = {}
    result: Fraction | None = None
    for line in lines:
        if line.kind == "personal":
            result = line.inputs["result"]
        elif line.kind == "group" and line.group in first:
            cell = groups.get(line.group, Cell(first[line.group], 0, Fraction(0)))
            if "revenue" in line.inputs:
                cell = cell._replace(amount=line.inputs["revenue"])
            else:
                cell = cell._replace(sales=int(line.inputs["sales"]))
            groups[line.group] = cell
    cells = list(groups.values())
    if result is not None and terms.personal is not None:
        if terms.personal.measure == REVENUE:
            rest = result - sum((Fraction(cell.amount) for cell in cells), Fraction(0))
            cells.append(Cell("", 0, rest))
        else:
            cells.append(Cell("", int(result) - sum(cell.sales for cell in cells), Fraction(0)))
    return cells


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
