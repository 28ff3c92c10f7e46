"""Reading JSON from strangers: bounded depth, no infinities, no numbers that Python refuses.

Invariant: any text gives an object or a ChannelError: bad_json, too_deep, too_many_fields,
not_an_object or empty.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from services.intake.domain.labels import EARLIER
from services.intake.domain.requests import ChannelError
from services.intake.domain.states import QuarantineReason
from shared.text import storable_tree

MAX_DEPTH = 64
MAX_CONTAINERS = 20_000  # objects and lists of one text; each takes fifty times its brackets
_LONGEST_INTEGER = 18
_LONGEST_PLACE = 200  # characters; the longest name could else stand before thousands of others
# Strings are skipped whole, also an unfinished one: otherwise the search would be quadratic.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def json_object(text: str, *, strict: bool = True) -> dict[str, Any]:
    """The JSON object in a text, every string storable. Raises ChannelError.

    Unless `strict`, strings may hold line ends, as templates write them. Of members of the same
    name the last one counts, in each object; what the others say stands beside it.
    """
    value = json_value(text, strict=strict)
    if not isinstance(value, dict):
        raise ChannelError(QuarantineReason.NOT_AN_OBJECT)
    return value


class _Doubled(dict[str, Any]):
    """An object of which some members were there several times: the last one of each counts."""

    earlier: dict[str, list[Any]]


def json_object_and_earlier(text: str) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The JSON object in a text; and what later members of the same name have replaced, by their
    place, as in `contact.name`. Raises ChannelError.
    """
    objects: list[_Doubled] = []

    def members_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        doubled = _Doubled(members)
        doubled.earlier = _earlier(pairs)
        objects.append(doubled)
        return doubled

    value = _loaded(text, object_pairs_hook=members_of)
    if not isinstance(value, dict):
        raise ChannelError(QuarantineReason.NOT_AN_OBJECT)
    earlier = _by_place(value) if objects else {}
    return _storable(text, value), _storable(text, earlier)


def _earlier(pairs: list[tuple[str, Any]]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: each[:-1] for name, each in values.items() if len(each) > 1}


def _by_place(value: Any) -> dict[str, list[Any]]:
    """Outer ones first, also within what was replaced. Without recursion."""
    members: dict[str, list[Any]] = {}
    parts: list[tuple[str, Any]] = [("", value)]
    for place, part in parts:
        if isinstance(part, list):
            parts.extend(_inner(place, enumerate(part)))
        elif isinstance(part, dict):
            for name, values in part.earlier.items() if isinstance(part, _Doubled) else ():
                members.setdefault(_within(place, name), []).extend(values)
                parts.extend(_inner(place, ((name, item) for item in values)))
            parts.extend(_inner(place, part.items()))
    return members


def _inner(place: str, items: Iterable[tuple[object, Any]]) -> Iterator[tuple[str, Any]]:
    """Of the items those that may hold doubled members, each with its place."""
    for name, item in items:
        if isinstance(item, list | dict):
            yield _within(place, str(name)), item


def _within(place: str, name: str) -> str:
    inner = f"{place}.{name[:_LONGEST_PLACE]}" if place else name
    return inner[:_LONGEST_PLACE]


def json_value(text: str, *, strict: bool = True) -> Any:
    """Any JSON, as `json_object` reads it."""
    return _storable(text, _loaded(text, strict=strict, object_pairs_hook=_beside))


def _beside(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; what a later member of the same name has replaced has a label of its own."""
    members = dict(pairs)
    if len(members) < len(pairs):
        for name, values in _earlier(pairs).items():
            label = name + EARLIER
            while label in members:
                label += EARLIER
            members[label] = values[0] if len(values) == 1 else values
    return members


def _storable(text: str, value: Any) -> Any:
    return storable_tree(value) if "\\u" in text or "\x00" in text else value


def _loaded(text: str, *, strict: bool = True, **hooks: Any) -> Any:
    if not text.strip("\ufeff \t\r\n"):
        raise ChannelError(QuarantineReason.EMPTY)
    containers = text.count("[") + text.count("{")
    if containers > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise ChannelError(QuarantineReason.TOO_DEEP)
    if containers > MAX_CONTAINERS:
        raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
    try:
        return json.loads(
            text,
            strict=strict,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_refuse_constant,
            **hooks,
        )
    except ValueError:
        raise ChannelError(QuarantineReason.BAD_JSON) from None


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
