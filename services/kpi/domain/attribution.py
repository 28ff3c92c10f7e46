"""Which of a person's inquiries a sale is credited to, and with how much of it.

A path holds the touch points before the sale, in time. A model gives each a share; shares add up to
one, and amounts to the sale: by largest remainder (Hamilton's method), to the smallest unit.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, get_args

Model = Literal["first", "last", "last_non_direct", "linear", "position"]
MODELS: Final[tuple[Model, ...]] = get_args(Model)
SINGLE: Final = frozenset({"first", "last", "last_non_direct"})  # one touch point has it all
_ENDS: Final = Fraction(2, 5)  # position-based: 40 % each, the middle shares the other 20 %
Shares = tuple[Fraction, ...]

# ISO 4217: currencies whose smallest unit is no hundredth.
_DIGITS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


def winner(model: Model, is_direct: Sequence[bool]) -> int | None:
    """The place of the touch point that has it all; None where several share. `is_direct` tells of
    each whether it names neither an advertising channel nor a campaign; there is at least one.
    """
    if len(is_direct) == 1 or model == "first":
        return 0
    if model == "last":
        return len(is_direct) - 1
    if model != "last_non_direct":
        return None
    places = (place for place in range(len(is_direct) - 1, -1, -1) if not is_direct[place])
    return next(places, len(is_direct) - 1)


def shares(model: Model, is_direct: Sequence[bool]) -> Shares:
    """The share of each touch point of a path. An empty path has no shares."""
    if not is_direct:
        return ()
    place = winner(model, is_direct)
    if place is not None:
        return tuple(Fraction(int(number == place)) for number in range(len(is_direct)))
    return _linear(is_direct) if model == "linear" else _position(is_direct)


def _linear(is_direct: Sequence[bool]) -> Shares:
    return (Fraction(1, len(is_direct)),) * len(is_direct)


def _position(is_direct: Sequence[bool]) -> Shares:
    """40 % to the first, 40 % to the last, 20 % to those between; halves if there are two."""
    count = len(is_direct)
    if count <= 2:
        return _linear(is_direct)
    middle = (1 - 2 * _ENDS) / (count - 2)
    return (_ENDS, *(middle,) * (count - 2), _ENDS)


def unit_of(amount: Decimal, currency: str | None) -> Decimal:
    """The smallest unit of a currency, or of the amount itself where that is finer."""
    exponent = amount.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    return Decimal(1).scaleb(-max(digits, digits_of(currency)))


def digits_of(currency: str | None) -> int:
    """How many digits of the currency stand behind the point; two where it is not known."""
    return _DIGITS.get(currency or "", 2)


def fineness_fault(amount: Decimal, digits: int) -> str | None:
    """Why an amount is none of a unit with so many digits behind the point; None if it is one."""
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > digits:
        return f"has more than {digits} digits behind the point"
    return None


def split(amount: Decimal, parts: Sequence[Fraction], unit: Decimal) -> list[Decimal]:
    """The amount in parts of these shares, each a multiple of the unit; their sum is the amount.

    `amount` has to be a multiple of the unit, and the shares to add up to one. What rounding down
    leaves goes, unit by unit, to the largest remainders, of equal ones to the first.
    """
    sign = -1 if amount < 0 else 1
    units = int(abs(amount) / unit)
    exact = [units * part for part in parts]
    counts = [int(one) for one in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: counts[place] - exact[place])
    for place in by_remainder[: units - sum(counts)]:
        counts[place] += 1
    return [sign * count * unit for count in counts]
