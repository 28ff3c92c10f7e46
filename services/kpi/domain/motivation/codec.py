"""Terms, statements and their lines in JSON, exact: decimals and fractions as text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.kpi.domain.motivation.statements import Line
from services.kpi.domain.motivation.tallies import EXACT
from services.kpi.domain.motivation.terms import (
    Band,
    Company,
    Curve,
    GroupBonus,
    Personal,
    ProductGroup,
    Terms,
)

Json = Mapping[str, Any]


def terms_json(terms: Terms) -> dict[str, Any]:
    personal, company = terms.personal, terms.company
    return {
        "currency": terms.currency,
        "base": _text(terms.base),
        "personal": personal
        and {
            "bonus": _text(personal.bonus),
            "measure": personal.measure,
            "bands": _bands_json(personal.bands),
        },
        "company_multiplier": company
        and {"measure": company.measure, "bands": _bands_json(company.bands)},
        "groups": [{"key": item.key, "products": list(item.products)} for item in terms.groups],
        "bonuses": [
            {"group": item.group, "rate": _text(item.rate), "per_sale": _text(item.per_sale)}
            for item in terms.bonuses
        ],
        "floor": _text(terms.floor),
        "cap": _text(terms.cap),
    }


def terms_of(content: Json) -> Terms:
    personal, company = content["personal"], content["company_multiplier"]
    return Terms(
        currency=content["currency"],
        base=Decimal(content["base"]),
        personal=personal
        and Personal(Decimal(personal["bonus"]), personal["measure"], _bands(personal["bands"])),
        company=company and Company(company["measure"], _bands(company["bands"])),
        groups=tuple(ProductGroup(one["key"], tuple(one["products"])) for one in content["groups"]),
        bonuses=tuple(
            GroupBonus(one["group"], _decimal(one["rate"]), _decimal(one["per_sale"]))
            for one in content["bonuses"]
        ),
        floor=_decimal(content["floor"]),
        cap=_decimal(content["cap"]),
    )


def line_json(line: Line) -> dict[str, Any]:
    return {
        **line._asdict(),
        "amount": _text(line.amount),
        "inputs": {name: str(value) for name, value in line.inputs.items()},
        "month": None if line.month is None else line.month.isoformat(),
    }


def line_of(content: Json) -> Line:
    month = content["month"]
    return Line(
        **{
            **content,
            "amount": Decimal(content["amount"]),
            "inputs": {name: Fraction(value) for name, value in content["inputs"].items()},
            "month": None if month is None else date.fromisoformat(month),
        }
    )


def decimal_of(text: str) -> Decimal:
    """A fraction in JSON that ends, as a decimal."""
    numerator, _, denominator = text.partition("/")
    return EXACT.divide(Decimal(numerator), Decimal(denominator or 1))


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each member that differs, as a JSON pointer with the value before and after; None: absent."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted({*before, *after}):
            yield from differences(before.get(name), after.get(name), f"{pointer}/{name}")
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            one, other = (each[place] if place < len(each) else None for each in (before, after))
            yield from differences(one, other, f"{pointer}/{place}")
    else:
        yield pointer, before, after


def _bands_json(bands: Curve) -> list[dict[str, str | None]]:
    return [{name: _text(value) for name, value in band._asdict().items()} for band in bands]


def _bands(items: Sequence[Json]) -> Curve:
    return tuple(
        Band(
            Decimal(item["begins"]),
            _decimal(item["ends"]),
            Decimal(item["pays"]),
            Decimal(item["accelerator"]),
        )
        for item in items
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
