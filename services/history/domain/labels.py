"""Tags and fields that a company defines for its customers, and the values that fields take."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

TYPES = ("text", "number", "date", "boolean", "one_of")
MAX_TAGS = 50  # of one person
MAX_TEXT = 500  # characters of a value
MAX_NUMBER = Decimal(10) ** 15
_MOST_DECIMALS = 6


class UnfitValueError(Exception):
    """The field does not take the value; the words say what it takes."""


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """`options` are the values of one of type `one_of`; the type never changes."""

    key: str
    name: str
    type: str
    options: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What was set on a contact of the person: when, and by whom."""

    contact_id: UUID
    field: str
    value: Any
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class ShownField:
    """The value that counts, and those of other contacts of the person that differ from it."""

    counting: FieldValue
    others: Sequence[FieldValue]


def stored_value(definition: FieldDefinition, value: Any) -> Any:
    """The value as it is stored in JSON. Raises UnfitValueError with what is expected."""
    match definition.type:
        case "boolean":
            if not isinstance(value, bool):
                raise UnfitValueError("true or false")
            return value
        case "number":
            return _number(value)
        case "date":
            return _date(value)
        case "one_of":
            if not isinstance(value, str) or value not in definition.options:
                raise UnfitValueError("not one of the field's options")
            return value
        case _:
            if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
                raise UnfitValueError(f"a text of 1 to {MAX_TEXT} characters")
            return value


def _number(value: Any) -> int | float:
    detail = "a number within 10^15 and of at most six decimals"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnfitValueError(detail)
    try:
        number = Decimal(str(value))
        is_fit = abs(number) <= MAX_NUMBER and number == round(number, _MOST_DECIMALS)
    except InvalidOperation:
        is_fit = False
    if not is_fit:
        raise UnfitValueError(detail)
    return value


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
    except ValueError:
        raise UnfitValueError("a date as 2026-03-02") from None


def shown_fields(values: Iterable[FieldValue]) -> Mapping[str, ShownField]:
    """Of several contacts of a person the youngest value counts; others that differ stay seen."""
    by_field: dict[str, list[FieldValue]] = {}
    for value in sorted(values, key=lambda item: (item.set_at, item.contact_id), reverse=True):
        by_field.setdefault(value.field, []).append(value)
    return {
        name: ShownField(first, [item for item in rest if item.value != first.value])
        for name, (first, *rest) in sorted(by_field.items())
    }
