"""Sales that were taken back, beside those that stand; as `sold.py` it loads numpy."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from services.kpi.domain.sale_columns.cells import NOWHERE, Cells, found_among
from services.kpi.domain.sale_columns.grouped import sums_of
from services.kpi.domain.sale_columns.ledger import Ledger
from services.kpi.domain.sale_columns.series import Series
from services.kpi.domain.sale_columns.sold import Ints
from services.kpi.domain.sales.figures import SalesFigures

# The currency, how many sales they are, and for how much.
Back = tuple[str | None, int, Decimal | None]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was taken back by place of the cells that are told, in all, and in cells in which
    nothing stands.
    """

    by_place: Mapping[int, Sequence[Back]]
    total: Sequence[Back]
    cells: Cells
    alone: Ints
    by_cell: Mapping[int, Sequence[Back]]

    def figures(self, cell: int) -> SalesFigures:
        """Of a cell in which nothing stands."""
        return less(SalesFigures(), self.by_cell[cell])


def less(figures: SalesFigures, back: Sequence[Back]) -> SalesFigures:
    for one in back:
        figures = figures.less(*one)
    return figures


def taken_back_of(
    back: Ledger, crossed: tuple[Ints, Cells], cells: Cells, choice: Ints
) -> TakenBack:
    """By the cells that are told, and by those in which nothing stands."""
    numbers, of_back = crossed
    places = of_back.of_numbers(np.arange(len(of_back)))[numbers]
    where = found_among(cells, of_back)
    of_choice = np.full(len(cells) + 1, NOWHERE, np.int64)  # and of NOWHERE
    of_choice[choice] = np.arange(len(choice))
    by_cell = _counted(back, places, len(of_back))
    by_place = {
        place: by_cell[cell]
        for cell, place in enumerate(of_choice[where].tolist())
        if place != NOWHERE
    }
    total = _counted(back, np.zeros(len(back), np.int64), 1)
    return TakenBack(by_place, total.get(0, ()), of_back, np.flatnonzero(where == NOWHERE), by_cell)


def _counted(back: Ledger, places: Ints, size: int) -> dict[int, list[Back]]:
    """By place and currency: how many, and for how much."""
    currencies, money = back.named(Series("currencies")), back.money()
    width = len(currencies.names)
    each = places * width + currencies.codes
    counts = np.bincount(each, minlength=size * width).tolist()
    sums = sums_of(each, money.amounts, size * width).tolist()
    counted: dict[int, list[Back]] = defaultdict(list)
    for place in np.flatnonzero(counts).tolist():
        currency = currencies.names[place % width]
        amount = money.decimal(sums[place]) if currency else None
        counted[place // width].append((currency or None, counts[place], amount))
    return counted
