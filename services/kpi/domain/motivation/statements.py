"""A month's statement: lines with their formulas and inputs, whose amounts add up to the payout.

Everything is exact until the end; there the payout is rounded half-even to the currency's smallest
unit, and the lines to units that add up to it, by largest remainder. What ends is a decimal, and a
fraction only what does not: decimals are added and multiplied many times as fast.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from math import floor
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.attribution import digits_of
from services.kpi.domain.motivation.presence import WHOLE
from services.kpi.domain.motivation.tallies import EXACT, NOTHING_SOLD, Tally
from services.kpi.domain.motivation.terms import Curve, GroupBonus, Terms

NO_TARGET: Final = "no_target"
NO_COMPANY_TARGET: Final = "no_company_target"
NOTHING: Final = Fraction(0)
Inputs = Mapping[str, Fraction]
Exact = Decimal | Fraction


class SoldSale(NamedTuple):
    """A sale that counts for a manager; `amount` is in the scheme's currency."""

    sale_id: UUID
    lead_id: UUID | None
    product: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """What a manager did in a month, the own target, the attainment of the company's, and the part
    of the month that the manager was here.
    """

    tally: Tally = NOTHING_SOLD
    target: Decimal | None = None
    company: Fraction | None = None
    worked: Fraction = WHOLE


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


class Part(NamedTuple):
    """A line before its amount is rounded."""

    amount: Exact
    kind: str
    formula: str
    inputs: Mapping[str, Exact]
    group: str | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What is earned, exact until it is asked for, and lines that are whole units already."""

    currency: str
    parts: Sequence[Part] = ()
    whole: Sequence[Line] = ()

    @property
    def payout(self) -> Decimal:
        """The sum of the lines; it is negative where more is returned than earned."""
        return sum((line.amount for line in self.whole), self.earned)

    @property
    def earned(self) -> Decimal:
        digits = digits_of(self.currency)
        return Decimal(round(_total(self.parts) * 10**digits)).scaleb(-digits)

    @property
    def lines(self) -> list[Line]:
        return [*_settled(self.parts, digits_of(self.currency)), *self.whole]

    def of_plan(self, name: str) -> Fraction | None:
        """A number that the line of the personal plan rests on."""
        each: Iterable[Part | Line] = chain(self.parts, self.whole)
        number = next((one.inputs.get(name) for one in each if one.kind == "personal"), None)
        return None if number is None else Fraction(number)


def attainment_of(result: Exact, target: Decimal | None) -> Fraction | None:
    """The share of the target that is reached; None without one."""
    return None if not target else Fraction(result) / Fraction(target)


def payout_of(bands: Curve, attainment: Fraction) -> Fraction:
    """What the bands pay for an attainment: piecewise linear, and never less for more."""
    numerator, denominator = max(attainment.numerator, 0), attainment.denominator
    begins, band = next(
        (begins, item)
        for item in reversed(bands)
        if (begins := EXACT.multiply(item.begins, denominator)) <= numerator or item is bands[0]
    )
    pays = EXACT.multiply(band.pays, denominator)
    beyond = EXACT.multiply(band.accelerator, EXACT.subtract(numerator, begins))
    return Fraction(EXACT.add(pays, beyond)) / denominator


def statement_of(terms: Terms, facts: Facts) -> Statement:
    """What the terms pay for the facts. The terms are without faults."""
    return Statement(terms.currency, _parts(terms, facts))


def _parts(terms: Terms, facts: Facts) -> list[Part]:
    parts = [
        _base(terms, facts),
        *_personal(terms, facts),
        *(_bonus(bonus, facts.tally) for bonus in terms.bonuses),
    ]
    if terms.floor is None and terms.cap is None:
        return parts
    earned = _total(parts)
    if terms.floor is not None and earned < (least := Fraction(terms.floor) * facts.worked):
        formula, inputs = _in_part("floor", terms.floor, facts)
        inputs = {**inputs, "earned": earned}
        parts.append(Part(least - earned, "floor", f"{formula} - earned", inputs))
    elif terms.cap is not None and earned > terms.cap:
        inputs = {"cap": terms.cap, "earned": earned}
        parts.append(Part(Fraction(terms.cap) - earned, "cap", "cap - earned", inputs))
    return parts


def _total(parts: Sequence[Part]) -> Fraction:
    total, rest = Decimal(0), NOTHING
    for part in parts:
        if isinstance(part.amount, Decimal):
            total = EXACT.add(total, part.amount)
        else:
            rest += part.amount
    return rest + Fraction(total)


def _base(terms: Terms, facts: Facts) -> Part:
    formula, inputs = _in_part("base", terms.base, facts)
    amount = terms.base if facts.worked == WHOLE else Fraction(terms.base) * facts.worked
    return Part(amount, "base", formula, inputs)


def _in_part(name: str, amount: Decimal, facts: Facts) -> tuple[str, Mapping[str, Exact]]:
    """What is of a whole month, for the part of it that is worked: the formula and its inputs."""
    if facts.worked == WHOLE:
        return name, {name: amount}
    return f"{name} * worked", {name: amount, "worked": facts.worked}


def _personal(terms: Terms, facts: Facts) -> list[Part]:
    """The personal bonus, and what the company's result adds to it or takes off."""
    if terms.personal is None:
        return []
    result, bonus = facts.tally.total.by(terms.personal.measure), terms.personal.bonus
    attainment = attainment_of(result, facts.target)
    payout = NOTHING if attainment is None else payout_of(terms.personal.bands, attainment)
    inputs: dict[str, Exact] = {"bonus": bonus, "payout": payout, "result": result}
    if attainment is not None:
        inputs |= {"plan": facts.target or Decimal(0), "attainment": attainment}
    personal = Fraction(bonus) * payout
    missing = NO_TARGET if attainment is None else None
    parts = [Part(personal, "personal", "bonus * payout", inputs, missing=missing)]
    if terms.company is not None:
        multiplier = Fraction(1)
        inputs = {"personal": personal}
        if facts.company is not None:
            multiplier = payout_of(terms.company.bands, facts.company)
            inputs["attainment"] = facts.company
        inputs["multiplier"] = multiplier
        missing = NO_COMPANY_TARGET if facts.company is None else None
        amount = personal * (multiplier - 1)
        formula = "personal * (multiplier - 1)"
        parts.append(Part(amount, "company", formula, inputs, missing=missing))
    return parts


def _bonus(bonus: GroupBonus, tally: Tally) -> Part:
    sales, revenue = tally.of(bonus.group)
    inputs: dict[str, Exact]
    if bonus.rate is not None:
        formula, inputs = "rate * revenue", {"rate": bonus.rate, "revenue": revenue}
        return Part(EXACT.multiply(bonus.rate, revenue), "group", formula, inputs, bonus.group)
    per_sale = bonus.per_sale or Decimal(0)
    formula, inputs = "per_sale * sales", {"per_sale": per_sale, "sales": Decimal(sales)}
    return Part(EXACT.multiply(per_sale, sales), "group", formula, inputs, bonus.group)


def _settled(parts: Sequence[Part], digits: int) -> list[Line]:
    """The lines in whole units that add up to the rounded sum (Hamilton's method)."""
    units = [Fraction(part.amount) * 10**digits for part in parts]
    counts = [floor(amount) for amount in units]
    rest = round(sum(units, NOTHING)) - sum(counts)
    by_remainder = sorted(range(len(units)), key=lambda place: counts[place] - units[place])
    for place in by_remainder[:rest]:
        counts[place] += 1
    return [
        _line(part, Decimal(count).scaleb(-digits))
        for part, count in zip(parts, counts, strict=True)
    ]


def _line(part: Part, amount: Decimal) -> Line:
    inputs = {name: Fraction(value) for name, value in part.inputs.items()}
    return Line(part.kind, amount, part.formula, inputs, part.group, missing=part.missing)
