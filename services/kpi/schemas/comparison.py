"""A report beside that of the period before: the same members in every report."""

from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from types import NoneType
from typing import Any, ClassVar, Final, Generic, Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel

from services.kpi.domain.comparison import change
from services.kpi.schemas.members import QuotientOut, is_nested
from shared.contracts.inquiry import Amount

Compare = Literal["previous"]
_PLAIN: Final = frozenset({int, float, Decimal, NoneType})
Figures = TypeVar("Figures", bound=BaseModel)


class ChangeOut(BaseModel):
    """How a figure differs from that of the period before: `absolute`, and `relative`, by the
    amount of the one before; null where there is nothing to subtract from or to divide by.
    """

    absolute: Amount | None
    relative: float | None


_UNTOLD: Final = ChangeOut(absolute=None, relative=None)


class Compared(BaseModel, Generic[Figures]):
    """`previous` are the same figures of as many days just before, `changes` how each of the
    present ones differs, by its name, with dots where it stands deeper. Both are null where nothing
    is compared, and in a row of a part of the period that has no part of the same length there.
    """

    FIGURES: ClassVar[type[BaseModel]]  # which of its members are compared

    previous: Figures | None = None
    changes: dict[str, ChangeOut] | None = None

    def key(self) -> Hashable:
        """What tells the row apart from the others of its report."""
        return None

    def emptied(self) -> Self:
        """The row of a group in which there was nothing."""
        members = self.FIGURES.model_fields.keys() & self.model_fields_set
        return self.model_copy(update={name: _nothing(getattr(self, name)) for name in members})


Row = TypeVar("Row", bound=Compared[Any])
Twin = Callable[[Any], Hashable | None]


class ComparedReport(BaseModel):
    """A report whose rows, and totals if it has any, may stand beside the period before."""

    rows: Sequence[Any]

    def beside(self, before: Self, twin: Twin | None) -> Self:
        """Beside the same report on the period before. Where groups of time are other groups there,
        `twin` gives the key of the one to compare with.
        """
        update: dict[str, Any] = {"rows": rows_beside(self.rows, before.rows, twin)}
        if isinstance(totals := getattr(self, "totals", None), Compared):
            update["totals"] = with_changes(totals, getattr(before, "totals", None))
        return self.model_copy(update=update)


class _Number(NamedTuple):
    """`currency` is set where a quotient names one; amounts stand by currency in their names."""

    value: Decimal | int | None
    currency: str | None = None


Number = _Number | int
Numbers = dict[str, Number]


def changes_of(now: BaseModel, before: BaseModel) -> dict[str, ChangeOut]:
    """The change of every number. A currency that one side lacks is nothing there."""
    return _changes(now, before, type(now))


def _changes(
    now: BaseModel, before: BaseModel, kind: type[BaseModel], path: str = ""
) -> dict[str, ChangeOut]:
    changes: dict[str, ChangeOut] = {}
    for name, has_members in _members(kind):
        one, other = getattr(now, name), getattr(before, name)
        if isinstance(one, int) and isinstance(other, int):
            changes[path + name] = _change_of_counts(one, other)
        elif type(one) in _PLAIN and type(other) in _PLAIN and not has_members:
            changes[path + name] = _change_out(_plain(one), _plain(other))
        elif _are_alike(one, other):
            changes |= _changes(one, other, type(one), f"{path}{name}.")
        else:
            numbers: Numbers = {}
            numbers_before: Numbers = {}
            _gather_member(numbers, path + name, one, has_members=has_members)
            _gather_member(numbers_before, path + name, other, has_members=has_members)
            for each in numbers | numbers_before:
                changes[each] = _change(numbers.get(each, 0), numbers_before.get(each, 0))
    return changes


def _are_alike(one: Any, other: Any) -> bool:
    """Whether both are models of the same members."""
    is_model = isinstance(one, BaseModel) and not isinstance(one, QuotientOut)
    return is_model and type(one) is type(other)


def _change(now: Number, before: Number) -> ChangeOut:
    if isinstance(now, int) and isinstance(before, int):
        return _change_of_counts(now, before)
    one, other = (_Number(each) if isinstance(each, int) else each for each in (now, before))
    if one.currency and other.currency and one.currency != other.currency:
        return _UNTOLD
    return _change_out(one.value, other.value)


@lru_cache(maxsize=10_000)
def _change_of_counts(now: int, before: int) -> ChangeOut:
    # Many rows have the same small counts.
    return _change_out(now, before)


def _change_out(now: Decimal | int | None, before: Decimal | int | None) -> ChangeOut:
    if now is None or before is None:
        return _UNTOLD
    absolute, relative = change(Decimal(now), Decimal(before))
    return ChangeOut(absolute=absolute, relative=relative)


def _plain(number: Decimal | float | None) -> Decimal | int | None:
    return Decimal(str(number)) if isinstance(number, float) else number


@cache
def _members(kind: type[BaseModel]) -> Sequence[tuple[str, bool]]:
    """The names of its members, and whether each holds members of its own."""
    return [(name, is_nested(field.annotation)) for name, field in kind.model_fields.items()]


def _gather_member(numbers: Numbers, name: str, value: Any, *, has_members: bool) -> None:
    if value is not None or not has_members:
        _gather_one(numbers, name, value)


def _gather_one(numbers: Numbers, name: str, value: Any) -> None:
    if isinstance(value, QuotientOut):
        numbers[name] = _Number(value.value, value.currency)
    elif isinstance(value, BaseModel):
        for member, has_members in _members(type(value)):
            path = f"{name}.{member}"
            _gather_member(numbers, path, getattr(value, member), has_members=has_members)
    elif isinstance(value, dict):
        for key, item in value.items():
            _gather_one(numbers, f"{name}.{key}", item)
    elif isinstance(value, int):
        numbers[name] = value
    elif value is None:
        numbers[name] = _Number(None)
    elif isinstance(value, float | Decimal):
        numbers[name] = _Number(Decimal(str(value)))


def with_changes(row: Row, before: BaseModel | None) -> Row:
    """The row beside that of the period before, if there is one to compare with."""
    if before is None:
        return row.model_copy(update={"previous": None, "changes": None})
    changes = _changes(row, before, row.FIGURES)
    earlier = _figures(before, row.FIGURES)
    return row.model_copy(update={"previous": earlier, "changes": changes})


def _figures(row: BaseModel, kind: type[BaseModel]) -> BaseModel:
    """Of the row what is compared: not what tells it apart from others."""
    values = {name: getattr(row, name) for name, _ in _members(kind)}
    return kind.model_construct(values.keys() & row.model_fields_set, **values)


def rows_beside(rows: Sequence[Row], rows_before: Sequence[Row], twin: Twin | None) -> list[Row]:
    """Each row beside its own of the period before. A group that is only in one of the periods has
    nothing in the other.
    """
    of_before = {row.key(): row for row in rows_before}
    pairs: list[tuple[Row, Row | None]] = []
    for row in rows:
        other = row.key() if twin is None else twin(row.key())
        missing = other is None and twin is not None
        beside = None if missing else of_before.pop(other, None) or row.emptied()
        pairs.append((row, beside))
    if twin is None:
        pairs += [(row.emptied(), row) for row in of_before.values()]
    return [with_changes(row, before) for row, before in pairs]


def _nothing(value: Any) -> Any:
    if isinstance(value, BaseModel):
        members = type(value).model_fields
        return value.model_copy(update={name: _nothing(getattr(value, name)) for name in members})
    if isinstance(value, dict | list):
        return type(value)()
    return 0 if isinstance(value, int) else None
