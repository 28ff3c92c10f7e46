"""Amounts as the cells of a plan's file have them."""

import re
from decimal import Context, Decimal
from typing import Final

from services.kpi.domain.plan.nodes import Measure
from services.kpi.domain.plan.terms import Terms

_PLAIN_DIGITS: Final = 12  # before the point: such an amount is within the bounds of one
_NUMBER: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_EXACT: Final = Context(prec=15)  # digits that a spreadsheet's number, a double, is sure of


def plain_amount(cell: str, digits: int) -> int | None:
    """An amount as nearly all are written, in the smallest unit, which has so many digits behind
    the point; None of any other, and of what is no amount: reading a million takes some time.
    """
    whole, point, fraction = cell.partition(".")
    figures = whole + fraction
    spare = digits - len(fraction)
    is_whole = whole and (fraction or not point) and figures.isascii() and figures.isdecimal()
    if not is_whole or spare < 0 or len(whole) > _PLAIN_DIGITS:
        return None
    return int(figures + "0" * spare)


def amount_of(cell: str, terms: Terms, measure: Measure) -> int | None:
    """In the smallest unit. Of a number that a spreadsheet has computed, as many digits count as it
    is sure of. Raises ValueError.
    """
    text = cell.strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError("is no number")
    amount = Decimal(text)
    try:
        return terms.cells(measure, amount)
    except ValueError:
        return terms.cells(measure, _EXACT.create_decimal(amount))
