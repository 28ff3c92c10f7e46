"""Fields that schemas share: names and words, months and days, currencies; and what is shown."""

import re
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from services.kpi.domain.lines import cells
from services.kpi.domain.periods import EARLIEST, LATEST
from shared.text import LINES, ONE_LINE, require_storable
from shared.web.ranges import WRITTEN_DAY

MONTH_PATTERN: Final = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
LONGEST_REASON: Final = 500
LONGEST_WORDS: Final = 2000
_STORABLE: Final = AfterValidator(require_storable)
_CLOCK: Final = re.compile(r"[0-9]{2}:[0-9]{2}")
_SHOWN: Final = Decimal("0.000001")

# Blanks around a text do not count, so that none is blank: what is left is bounded.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE]
Key = Annotated[str, StringConstraints(min_length=1, max_length=64), ONE_LINE]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_REASON), LINES]
Words = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_WORDS), LINES]
_ATOM: Final = r"[^@\s,:;<>()\[\]\\\"\x00-\x1f\x7f]"  # RFC 5322 gives the others a meaning
_MAIL: Final = re.compile(rf"{_ATOM}{{1,64}}@{_ATOM}+\.(?:(?!\.){_ATOM})+")


def _mail(text: str) -> str:
    """Raises ValueError in words, as a pattern would tell nobody what is wrong."""
    if not _MAIL.fullmatch(text):
        raise ValueError("is no mail address: name@company.example is one")
    return text


Url = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), _STORABLE
]
Mail = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=254,
    ),
    AfterValidator(_mail),
    _STORABLE,
]
Currency = Annotated[str, Field(max_length=10), AfterValidator(cells.currency_of)]
# Of what is asked for: also one that is no more, as sales of the past may be in.
AskedCurrency = Annotated[str, StringConstraints(pattern="^[A-Za-z]{3}$", to_upper=True)]
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST), WRITTEN_DAY]
RecordedDay = Annotated[date, Field(ge=cells.EARLIEST, le=cells.LATEST), WRITTEN_DAY]  # of a line
Month = Annotated[
    str,
    StringConstraints(pattern=MONTH_PATTERN),
    Field(description="as in 2026-03", examples=["2026-03"]),
]


def _written_clock(value: Any) -> Any:
    """Raises ValueError for a number, which pydantic would take for seconds since midnight UTC."""
    is_one = _CLOCK.match(value) if isinstance(value, str) else isinstance(value, time)
    if not is_one:
        raise ValueError('is a time of the day, as in "22:00"')
    return value


def _local(clock: time) -> time:
    if clock.tzinfo is not None:
        raise ValueError("is the clock of the recipient's time zone, without an offset")
    return clock.replace(second=0, microsecond=0)


Clock = Annotated[time, AfterValidator(_local), BeforeValidator(_written_clock)]


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def days_number(days: Fraction) -> Decimal:
    """Working days: of several people they are a mean, shown to two digits."""
    return Decimal(round(days * 100)) / 100


def share_number(share: Fraction | None) -> Decimal | None:
    """A share of a plan, to four digits; a half goes to the even one."""
    return None if share is None else ratio_number(share.numerator, share.denominator)


def ratio_number(upper: int, lower: int) -> Decimal | None:
    """The same of whole numbers; None by nothing."""
    if not lower:
        return None
    if lower < 0:
        upper, lower = -upper, -lower
    # As a fraction it would be reduced after each step.
    number, rest = divmod(upper * 10_000, lower)
    is_up = 2 * rest > lower or (2 * rest == lower and number % 2 == 1)
    return Decimal(number + is_up) / 10_000


def shown(number: Fraction | None) -> Decimal | None:
    """To six digits; what is shown is computed with all of them."""
    if number is None:
        return None
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(_SHOWN)
