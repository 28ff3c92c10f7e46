"""A month's statement: lines with their formulas and inputs, whose amounts add up to the payout.

Everything is exact until the end; there the payout is rounded half-even to the currency's smallest
unit, and the lines to units that add up to it, by largest remainder.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from math import floor
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.attribution import digits_of
from services.kpi.domain.motivation.presence import WHOLE
from services.kpi.domain.motivation.terms import REVENUE, Curve, GroupBonus, Measure, Terms, name_of

NO_TARGET: Final = "no_target"
NO_COMPANY_TARGET: Final = "no_company_target"
NOTHING: Final = Fraction(0)
_EXACT: Final = Context(prec=1000)
Inputs = Mapping[str, Fraction]


class SoldSale(NamedTuple):
    """A sale that counts for a manager; `amount` is in the scheme's currency."""

    sale_id: UUID
    lead_id: UUID | None
    product: str
    amount: Decimal


class Cell(NamedTuple):
    """The sales of one product: how many, and what they come to."""

    product: str
    sales: int
    amount: Decimal | Fraction


@dataclass(frozen=True, slots=True)
class Facts:
    """What a manager did in a month, the own target, the attainment of the company's, and the part
    of the month that the manager was here.
    """

    cells: Sequence[Cell] = ()
    target: Decimal | None = None
    company: Fraction | None = None
    worked: Fraction = WHOLE

    def result(self, measure: Measure) -> Fraction:
        if measure == REVENUE:  # decimals add up exactly, and far sooner than fractions
            decimals = [cell.amount for cell in self.cells if isinstance(cell.amount, Decimal)]
            others = [cell.amount for cell in self.cells if isinstance(cell.amount, Fraction)]
            return Fraction(exact_sum(decimals)) + sum(others, NOTHING)
        return Fraction(sum(cell.sales for cell in self.cells))


class Line(NamedTuple):
    """`formula` is over the names of `inputs`. `missing` says what an amount lacks; `month` is
    that which a correction is about.
    """

    kind: str
    amount: Decimal
    formula: str
    inputs: Inputs
    group: str | None = None
    month: date | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """`payout` is the sum of the lines; it is negative where more is returned than earned."""

    currency: str
    lines: Sequence[Line] = field(default_factory=tuple)

    @property
    def payout(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


_NO_SALES: Final = Facts()


class _Exact(NamedTuple):
    amount: Fraction
    line: Line


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """To the last digit, however many there are."""
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def cells_of(sales: Iterable[SoldSale]) -> list[Cell]:
    """The sales by product."""
    sums: dict[str, tuple[int, Decimal]] = {}
    for sale in sales:
        name = name_of(sale.product)
        count, amount = sums.get(name, (0, Decimal(0)))
        sums[name] = count + 1, exact_sum((amount, sale.amount))
    return [Cell(name, *sums[name]) for name in sorted(sums)]


def attainment_of(result: Fraction, target: Decimal | None) -> Fraction | None:
    """The share of the target that is reached; None without one."""
    return None if not target else result / Fraction(target)


def payout_of(bands: Curve, attainment: Fraction) -> Fraction:
    """What the bands pay for an attainment: piecewise linear, and never less for more."""
    reached = max(attainment, NOTHING)
    band = next(item for item in reversed(bands) if reached >= item.begins or item is bands[0])
    return Fraction(band.pays) + Fraction(band.accelerator) * (reached - Fraction(band.begins))


def statement_of(terms: Terms, facts: Facts) -> Statement:
    """What the terms pay for the facts. The terms are without faults."""
    groups = _by_group(terms, facts) if terms.bonuses else {}
    items = [
        _base(terms, facts),
        *_personal(terms, facts),
        *(_bonus(bonus, groups.get(bonus.group, _NO_SALES)) for bonus in terms.bonuses),
    ]
    earned = sum((item.amount for item in items), NOTHING)
    if terms.floor is not None and earned < (least := Fraction(terms.floor) * facts.worked):
        formula, inputs = _in_part("floor", terms.floor, facts)
        inputs = {**inputs, "earned": earned}
        items.append(_exact("floor", f"{formula} - earned", inputs, least - earned))
    elif terms.cap is not None and earned > terms.cap:
        inputs = {"cap": Fraction(terms.cap), "earned": earned}
        items.append(_exact("cap", "cap - earned", inputs, Fraction(terms.cap) - earned))
    return Statement(terms.currency, _settled(items, digits_of(terms.currency)))


def _base(terms: Terms, facts: Facts) -> _Exact:
    formula, inputs = _in_part("base", terms.base, facts)
    return _exact("base", formula, inputs, Fraction(terms.base) * facts.worked)


def _in_part(name: str, amount: Decimal, facts: Facts) -> tuple[str, Inputs]:
    """What is of a whole month, for the part of it that is worked: the formula and its inputs."""
    if facts.worked == WHOLE:
        return name, {name: Fraction(amount)}
    return f"{name} * worked", {name: Fraction(amount), "worked": facts.worked}


def _exact(
    kind: str,
    formula: str,
    inputs: Inputs,
    amount: Fraction,
    *,
    group: str | None = None,
    missing: str | None = None,
) -> _Exact:
    return _Exact(amount, Line(kind, Decimal(0), formula, inputs, group=group, missing=missing))


def _personal(terms: Terms, facts: Facts) -> list[_Exact]:
    """The personal bonus, and what the company's result adds to it or takes off."""
    if terms.personal is None:
        return []
    result, bonus = facts.result(terms.personal.measure), Fraction(terms.personal.bonus)
    attainment = attainment_of(result, facts.target)
    payout = NOTHING if attainment is None else payout_of(terms.personal.bands, attainment)
    inputs = {"bonus": bonus, "payout": payout, "result": result}
    if attainment is not None:
        inputs |= {"plan": Fraction(facts.target or 0), "attainment": attainment}
    personal = bonus * payout
    missing = NO_TARGET if attainment is None else None
    items = [_exact("personal", "bonus * payout", inputs, personal, missing=missing)]
    if terms.company is not None:
        multiplier = Fraction(1)
        inputs = {"personal": personal}
        if facts.company is not None:
            multiplier = payout_of(terms.company.bands, facts.company)
            inputs["attainment"] = facts.company
        inputs["multiplier"] = multiplier
        items.append(
            _exact(
                "company",
                "personal * (multiplier - 1)",
                inputs,
                personal * (multiplier - 1),
                missing=NO_COMPANY_TARGET if facts.company is None else None,
            )
        )
    return items


def _by_group(terms: Terms, facts: Facts) -> dict[str | None, Facts]:
    """What of the facts is of each group of products."""
    places = terms.places()
    cells: dict[str | None, list[Cell]] = defaultdict(list)
    for cell in facts.cells:
        cells[places.get(name_of(cell.product))].append(cell)
    return {group: Facts(each) for group, each in cells.items()}


def _bonus(bonus: GroupBonus, facts: Facts) -> _Exact:
    if bonus.rate is not None:
        inputs = {"rate": Fraction(bonus.rate), "revenue": facts.result(REVENUE)}
        amount = inputs["rate"] * inputs["revenue"]
        return _exact("group", "rate * revenue", inputs, amount, group=bonus.group)
    inputs = {"per_sale": Fraction(bonus.per_sale or 0), "sales": facts.result("sales")}
    amount = inputs["per_sale"] * inputs["sales"]
    return _exact("group", "per_sale * sales", inputs, amount, group=bonus.group)


def _settled(items: Sequence[_Exact], digits: int) -> list[Line]:
    """The lines in whole units that add up to the rounded sum (Hamilton's method)."""
    units = [item.amount * 10**digits for item in items]
    counts = [floor(amount) for amount in units]
    rest = round(sum(units, NOTHING)) - sum(counts)
    by_remainder = sorted(range(len(units)), key=lambda place: counts[place] - units[place])
    for place in by_remainder[:rest]:
        counts[place] += 1
    return [
        item.line._replace(amount=Decimal(count).scaleb(-digits))
        for item, count in zip(items, counts, strict=True)
    ]
