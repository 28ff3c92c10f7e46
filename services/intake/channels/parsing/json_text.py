"""Reading JSON from strangers: bounded depth, no infinities, no numbers that Python refuses.

Invariant: any text gives an object or a ChannelError: bad_json, too_deep, too_many_fields,
not_an_object or empty.
"""

import json
import math
import re
from typing import Any, NoReturn

from services.intake.domain.requests import ChannelError
from services.intake.domain.states import QuarantineReason
from shared.text import storable_tree

MAX_DEPTH = 64
MAX_CONTAINERS = 20_000  # objects and lists of one text; each takes fifty times its brackets
_LONGEST_INTEGER = 18
# Strings are skipped whole, also an unfinished one: otherwise the search would be quadratic.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def json_object(text: str, *, strict: bool = True) -> dict[str, Any]:
    """The JSON object in a text, every string storable. Raises ChannelError.

    Unless `strict`, strings may hold line ends, as templates write them.
    """
    value = json_value(text, strict=strict)
    if not isinstance(value, dict):
        raise ChannelError(QuarantineReason.NOT_AN_OBJECT)
    return value


def json_value(text: str, *, strict: bool = True) -> Any:
    if not text.strip("\ufeff \t\r\n"):
        raise ChannelError(QuarantineReason.EMPTY)
    containers = text.count("[") + text.count("{")
    if containers > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise ChannelError(QuarantineReason.TOO_DEEP)
    if containers > MAX_CONTAINERS:
        raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
    try:
        value = json.loads(
            text,
            strict=strict,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_refuse_constant,
        )
    except ValueError:
        raise ChannelError(QuarantineReason.BAD_JSON) from None
    return storable_tree(value) if "\\u" in text or "\x00" in text else value


def _depth(text: str) -> int:
    """The deepest nesting outside strings, counted without recursion."""
    depth = deepest = 0
    for token in _TOKENS.finditer(text):
        sign = token.group()[0]
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _integer(digits: str) -> int | str:
    """An integer; a number of more than 18 characters stays text, as it is an id or an attack."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _number(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("not a JSON number")
