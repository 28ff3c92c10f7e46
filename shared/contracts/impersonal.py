"""Words that name nobody: labels without what a person can be found by, and numbers of orders as
their digests.
"""

import re
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

# An address, also as in a URL; a number with its +, one of Russia or Kazakhstan, or ten digits
# grouped as such numbers are. Other digits are ids of campaigns and advertisements.
_POINT: Final = re.compile(
    r"""[^\s@]{1,64}(?:@|%40)[^\s@.]{1,63}\.[^\s@]{2}
    | (?<!\d)(?:\+|%2B)[\s(]{0,2}\d(?:[\s().-]{0,2}\d){9,14}(?!\d)
    | (?<!\d)[78][\s.(-]{0,2}[34789]\d\d[\s.)-]{0,2}\d{3}[\s.-]?\d\d[\s.-]?\d\d(?!\d)
    | (?<!\d)\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d\d[\s.-]\d\d(?!\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_LEFT: Final = "erased:"
_DIGITS: Final = 32  # hexadecimal ones, of SHA-256
_IS_LEFT: Final = re.compile(rf"{_LEFT}[0-9a-f]{{{_DIGITS}}}")


def without_points(label: Any) -> Any:
    """A label that senders write as they like, such as a region or a campaign; None if a phone
    number or an address stands in it. What is no text stays.
    """
    return None if isinstance(label, str) and _holds_point(label) else label


@lru_cache(maxsize=4096)
def _holds_point(label: str) -> bool:
    return _POINT.search(label) is not None


def order_digest(number: str | None) -> str | None:
    """Enough to know an order again by its number, or by what is left of it; None for no number."""
    number = number.strip() if number is not None else ""
    if not number:
        return None
    if _IS_LEFT.fullmatch(number):
        return number.removeprefix(_LEFT)
    return sha256(number.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def digest_left(number: Any) -> str | None:
    """What is left of an order's number when its buyer is erased: `erased:` and its digest."""
    digest = order_digest(number) if isinstance(number, str) else None
    return None if digest is None else _LEFT + digest


def is_left(number: str) -> bool:
    """Whether it is what is left of the number of an erased person's order."""
    return _IS_LEFT.fullmatch(number) is not None
