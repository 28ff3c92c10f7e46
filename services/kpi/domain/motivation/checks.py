"""What is wrong with the terms of a scheme, each fault with a pointer to its member."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from services.kpi.domain.attribution import digits_of, fineness_fault
from services.kpi.domain.motivation.terms import Band, Curve, Terms, name_of

MOST_MONEY: Final = Decimal(10) ** 12
MOST_FACTOR: Final = Decimal(1000)  # of a band: more is a slip of the pen
Fault = tuple[str, str]


def faults_of(terms: Terms) -> list[Fault]:
    """Pairs of a JSON pointer and what is wrong there; none if the terms can be paid by."""
    faults = [*_money(terms), *_groups(terms), *_bonuses(terms)]
    if terms.personal is not None:
        faults += _curve("/personal/bands", terms.personal.bands)
    if terms.company is not None:
        faults += _curve("/company_multiplier/bands", terms.company.bands)
        if terms.personal is None:
            faults.append(
                ("/company_multiplier", "multiplies the personal bonus, and there is none")
            )
    if terms.floor is not None and terms.cap is not None and terms.floor > terms.cap:
        faults.append(("/floor", "lies above the cap"))
    return faults


def _money(terms: Terms) -> Iterator[Fault]:
    amounts = {"/base": terms.base, "/floor": terms.floor, "/cap": terms.cap}
    if terms.personal is not None:
        amounts["/personal/bonus"] = terms.personal.bonus
    for number, bonus in enumerate(terms.bonuses):
        amounts[f"/bonuses/{number}/per_sale"] = bonus.per_sale
    digits = digits_of(terms.currency)
    for pointer, amount in amounts.items():
        if amount is not None and (detail := money_fault(amount, digits)):
            yield pointer, detail


def money_fault(amount: Decimal, digits: int) -> str | None:
    """Why an amount cannot be paid; None if it can."""
    if not amount.is_finite() or amount >= MOST_MONEY:
        return f"is not below {MOST_MONEY:f}"
    if amount < 0:
        return "is negative"
    return fineness_fault(amount, digits)


def _groups(terms: Terms) -> Iterator[Fault]:
    keys: set[str] = set()
    places: dict[str, str] = {}
    for number, group in enumerate(terms.groups):
        if group.key in keys:
            yield f"/groups/{number}/key", "stands above it already"
        keys.add(group.key)
        for place, product in enumerate(group.products):
            name, pointer = name_of(product), f"/groups/{number}/products/{place}"
            if not name:
                yield pointer, "is empty"
            elif name in places:
                yield pointer, f"stands in a group already: {places[name]}"
            places.setdefault(name, pointer)


def _bonuses(terms: Terms) -> Iterator[Fault]:
    keys = {group.key for group in terms.groups}
    for number, bonus in enumerate(terms.bonuses):
        pointer = f"/bonuses/{number}"
        if bonus.group not in keys:
            yield f"{pointer}/group", "there is no such group of products"
        if (bonus.rate is None) == (bonus.per_sale is None):
            yield pointer, "has either a rate or an amount per sale"
        if bonus.rate is not None and not 0 <= bonus.rate <= 1:
            yield f"{pointer}/rate", "lies between 0 and 1"


def _curve(pointer: str, bands: Curve) -> Iterator[Fault]:
    """Bands begin at 0, touch one another, and never pay less for more."""
    if not bands:
        yield pointer, "has no band"
        return
    before: Band | None = None
    for number, band in enumerate(bands):
        yield from _band(f"{pointer}/{number}", band, before, is_last=number == len(bands) - 1)
        before = band


def _band(pointer: str, band: Band, before: Band | None, *, is_last: bool) -> Iterator[Fault]:
    for name in ("begins", "pays", "accelerator"):
        value: Decimal = getattr(band, name)
        if not value.is_finite() or not 0 <= value <= MOST_FACTOR:
            yield f"{pointer}/{name}", f"lies between 0 and {MOST_FACTOR}"
            return
    start = Decimal(0) if before is None else before.ends
    if start is not None and band.begins > start:
        yield f"{pointer}/begins", f"leaves a gap: it has to be {start:f}"
    elif start is not None and band.begins < start:
        yield f"{pointer}/begins", f"overlaps the band before: it has to be {start:f}"
    if is_last != (band.ends is None):
        yield f"{pointer}/ends", "only the last band has no end, and it has none"
    elif band.ends is not None and not band.begins < band.ends <= MOST_FACTOR:
        yield f"{pointer}/ends", f"lies above its beginning, up to {MOST_FACTOR}"
    if before is not None and before.ends is not None:
        least = before.pays + before.accelerator * (before.ends - before.begins)
        if band.pays < least:
            yield f"{pointer}/pays", f"is less than the band before ends with: {least:f}"
