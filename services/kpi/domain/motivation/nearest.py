"""How far the next band is, in sales of the own average check."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from services.kpi.domain.motivation.statements import Facts, attainment_of, statement_of
from services.kpi.domain.motivation.tallies import EXACT, Cell, tally_of
from services.kpi.domain.motivation.terms import REVENUE, Terms


class NextBand(NamedTuple):
    """`begins` is the attainment from which on it pays, `short` what is lacking, in the plan's
    measure, `sales` so many more sales (None: the average check is not known), and `adds` what the
    month then pays more.
    """

    begins: Decimal
    short: Fraction
    sales: int | None
    adds: Decimal


def next_band(
    terms: Terms, facts: Facts, average_check: Fraction | None, payout: Decimal | None = None
) -> NextBand | None:
    """None without a plan, and in the last band. `payout` is what the facts pay, if
    that is known already.
    """
    if terms.personal is None or not facts.target:
        return None
    measure = terms.personal.measure
    result = facts.tally.total.by(measure)
    attainment = attainment_of(result, facts.target) or Fraction(0)
    band = next((item for item in terms.personal.bands if item.begins > attainment), None)
    if band is None:
        return None
    short = EXACT.subtract(EXACT.multiply(band.begins, facts.target), result)
    if measure != REVENUE:
        sales = ceil(short)
        more = Cell("", sales, Decimal(0))
    else:
        sales = ceil(Fraction(short) / average_check) if average_check else 0
        more = Cell("", 1, short)
    present = statement_of(terms, facts).payout if payout is None else payout
    then = statement_of(terms, replace(facts, tally=tally_of(terms, [more], facts.tally)))
    is_known = measure != REVENUE or bool(average_check)
    return NextBand(
        band.begins, Fraction(short), sales if is_known else None, then.payout - present
    )
