"""Reads the values of conditions: each kind by its own rules, within bounds."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from services.history.domain.segments.fields import Kind
from services.history.domain.segments.tree import Value
from services.history.domain.segments.windows import Ago, Window, ago_of, window_of

MAX_VALUES = 100  # of one condition
MAX_VALUE_CHARS = 200
MAX_NUMBER = Decimal(10) ** 15
_MOST_DECIMALS = 6
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_EARLIEST, _LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_SHAPES = '{"last": 90, "unit": "days"}, {"this": "month"}, {"previous": "month"} or {"from", "to"}'
_POINT = 'a time with its zone, or {"ago": 90, "unit": "days"}'


class Fault(Exception):  # noqa: N818  a place, not an error of the program
    """What is wrong, at a JSON pointer below the condition."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer, self.detail = pointer, detail


def require_members(
    tree: dict[str, Any], *, needed: Collection[str], optional: Collection[str] = ()
) -> None:
    """Raises Fault for a member that is missing or unknown."""
    for name in sorted(needed):
        if name not in tree:
            raise Fault(f"/{name}", "is missing")
    for name in tree:
        if name not in needed and name not in optional:
            raise Fault("", "has a member that is not understood")


def compared(value: Any, *, kind: Kind, operation: str) -> Value:
    """The value of a comparison. Raises Fault."""
    if operation == "known" or kind is Kind.FLAG:
        if not isinstance(value, bool):
            raise Fault("/value", "true or false")
        return value
    if kind is Kind.NUMBER:
        return number(value, "/value")
    if kind in {Kind.MOMENT, Kind.DATE}:
        return window(value, "/value") if operation == "during" else _point(value)
    if kind is Kind.IDS:
        return _ids(value)
    if kind is Kind.TEXT and operation != "is":
        return _text(value, "/value")
    return texts(value, "/value")


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value or len(value) > MAX_VALUE_CHARS:
        raise Fault(place, f"a text of 1 to {MAX_VALUE_CHARS} characters")
    if _UNSTORABLE.search(value):
        raise Fault(place, "holds a character that cannot be stored")
    return value


def texts(value: Any, place: str) -> tuple[str, ...]:
    """One text or a list of them. Raises Fault."""
    items = value if isinstance(value, list) else [value]
    if not 1 <= len(items) <= MAX_VALUES:
        raise Fault(place, f"1 to {MAX_VALUES} values")
    return tuple(_text(item, place) for item in items)


def _ids(value: Any) -> tuple[UUID, ...]:
    try:
        return tuple(UUID(text) for text in texts(value, "/value"))
    except ValueError:
        raise Fault("/value", "ids") from None


def number(value: Any, place: str) -> Decimal:
    """A number within ±10^15, of at most six decimals. Raises Fault."""
    detail = "a number within 10^15 and of at most six decimals"
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Fault(place, detail)
    try:
        amount = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        raise Fault(place, detail) from None
    if not amount.is_finite() or abs(amount) > MAX_NUMBER:
        raise Fault(place, detail)
    if amount != round(amount, _MOST_DECIMALS):
        raise Fault(place, detail)
    return amount


def narrowed(tree: Any, *, allowed: Collection[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The facts by which a measure is narrowed. Raises Fault."""
    if not isinstance(tree, dict):
        raise Fault("/where", "expected an object")
    if not tree.keys() <= set(allowed):
        raise Fault("/where", f"may name: {', '.join(sorted(allowed))}")
    return tuple(
        (
            name,
            _same_ids(texts(tree[name], f"/where/{name}"))
            if name == "source"
            else texts(tree[name], f"/where/{name}"),
        )
        for name in sorted(tree)
    )


def _same_ids(words: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(UUID(word)) for word in words)
    except ValueError:
        raise Fault("/where/source", "ids") from None


def window(value: Any, place: str) -> Window:
    """A window of time. Raises Fault."""
    if not isinstance(value, dict):
        raise Fault(place, f"one of: {_SHAPES}")
    relative = window_of(value)
    if relative is not None:
        return relative
    if not value or not value.keys() <= {"from", "to"}:
        raise Fault(place, f"one of: {_SHAPES}")
    since, until = (
        _moment(value[name], f"{place}/{name}") if name in value else None
        for name in ("from", "to")
    )
    if since is not None and until is not None and since >= until:
        raise Fault(f"{place}/to", "is not after `from`")
    return Window(since=since, until=until)


def _point(value: Any) -> datetime | Ago:
    if isinstance(value, dict) and value.keys() == {"ago", "unit"}:
        point = ago_of(value["ago"], value["unit"])
        if point is None:
            raise Fault("/value", f"expected {_POINT}")
        return point
    return _moment(value, "/value")


def _moment(value: Any, place: str) -> datetime:
    """Raises Fault for what is no moment between the years 1 and 9999."""
    text = value if isinstance(value, str) and len(value) <= MAX_VALUE_CHARS else ""
    try:
        local = datetime.fromisoformat(text)
        moment = None if local.tzinfo is None else local.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise Fault(place, "a time with its zone, as 2026-03-02T09:00:00Z")
    if not _EARLIEST <= moment <= _LATEST:
        raise Fault(place, "lies beyond what can be kept")
    return moment
