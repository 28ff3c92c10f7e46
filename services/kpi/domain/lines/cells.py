"""Numbers, dates and currencies as spreadsheets and advertising systems write them.

Where a cell alone may mean two things, the whole column tells; where that cannot, nothing is
guessed.
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from services.kpi.domain.lines.currencies import currency_fault
from services.kpi.domain.months import FIRST_MONTH, LAST_MONTH

Point = Literal[".", ","]
DateOrder = Literal["dmy", "mdy"]
EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2100, 1, 1)
MOST_DIGITS: Final = 40
_SPACES_AND_MARKS = re.compile(r"[\s'’]|руб\.?|р\.|[₽$€£¥₸₴]|\b[A-Za-z]{3}\b", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d[\d.,]*")
_EITHER = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
_ISO = re.compile(r"(\d{4})([-./]?)(\d{2})\2(\d{2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[T ].*)?")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_MONTH_FIRST = re.compile(r"(\d{1,2})[./](\d{4})")
_SLASH = "/"


def point_of(cells: Iterable[str]) -> Point | None:
    """The decimal point of a column: the sign that is one in each cell that leaves no doubt."""
    points: set[Point] = set()
    for cell in cells:
        digits = _SPACES_AND_MARKS.sub("", cell[:MOST_DIGITS])
        if _NUMBER.fullmatch(digits) and not _EITHER.fullmatch(digits):
            points |= _points(digits)
    return points.pop() if len(points) == 1 else None


def _points(digits: str) -> set[Point]:
    """The sign that stands once and last, if there is one."""
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0 or digits.count(digits[last]) > 1:
        return set()
    return {"."} if digits[last] == "." else {","}


def amount_of(cell: str, point: Point | None) -> Decimal:
    """The number of a cell; `point` is the column's decimal point, where it is known.

    Raises ValueError that says why there is none.
    """
    digits = _SPACES_AND_MARKS.sub("", cell[: MOST_DIGITS + 1])
    if len(cell) > MOST_DIGITS or not _NUMBER.fullmatch(digits):
        raise ValueError("is no number")
    if point is None and _EITHER.fullmatch(digits):
        raise ValueError("may be thousands or a fraction: say which sign is the decimal point")
    if point is None:
        point = next(iter(_points(digits)), None)
    whole, sign, fraction = digits.partition(point) if point else (digits, "", "")
    groups = re.split(r"[.,]", whole.removeprefix("-"))
    if any(len(group) != 3 for group in groups[1:]) or (sign and not fraction.isdecimal()):
        raise ValueError("is no number")
    return Decimal(whole.replace(",", "").replace(".", "") + (f".{fraction}" if sign else ""))


def order_of(cells: Iterable[str]) -> DateOrder | None:
    """Whether a column with slashes begins with days or with months; None if it does not tell."""
    orders: set[DateOrder] = set()
    for cell in cells:
        if (parts := _DAY_FIRST.fullmatch(cell[:MOST_DIGITS])) and parts[2] == _SLASH:
            if int(parts[1]) > 12:
                orders.add("dmy")
            elif int(parts[3]) > 12:
                orders.add("mdy")
    return orders.pop() if len(orders) == 1 else None


def day_of(cell: str, order: DateOrder | None) -> date:
    """The day of a cell, whatever time stands behind it. Raises ValueError that says why not."""
    text = cell[:MOST_DIGITS]
    if parts := _ISO.fullmatch(text):
        return _day(parts[1], parts[3], parts[4])
    parts = _DAY_FIRST.fullmatch(text)
    if parts is None:
        raise ValueError("is no date: 2026-03-31 or 31.03.2026 is one")
    year = parts[4] if len(parts[4]) == 4 else f"20{parts[4]}"
    if parts[2] == _SLASH:
        if order is None and parts[1] != parts[3]:
            raise ValueError("may begin with the day or the month: say which")
        if order == "mdy":
            return _day(year, parts[1], parts[3])
    return _day(year, parts[3], parts[1])


def _day(year: str, month: str, day: str) -> date:
    try:
        moment = date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError("is no day of the calendar") from None
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"lies beyond {EARLIEST} to {LATEST}")
    return moment


def month_of_cell(text: str) -> date:
    """The first day of a cell's month, as in 2026-03, 03.2026 or any of its days. Raises
    ValueError.
    """
    if parts := _MONTH.fullmatch(text[:MOST_DIGITS]):
        year, number = int(parts[1]), int(parts[2])
    elif parts := _MONTH_FIRST.fullmatch(text[:MOST_DIGITS]):
        year, number = int(parts[2]), int(parts[1])
    else:
        day = day_of(text, "dmy")
        year, number = day.year, day.month
    if not 1 <= number <= 12 or not FIRST_MONTH.year <= year <= LAST_MONTH.year:
        raise ValueError("is no month: 2026-03 is one")
    return date(year, number, 1)


def currency_of(text: str) -> str:
    """A currency's code (ISO 4217). Raises ValueError."""
    code = text.strip().upper()
    if fault := currency_fault(code):
        raise ValueError(fault)
    return code
