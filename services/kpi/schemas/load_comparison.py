"""Load beside that of the period before: a number for each step, as in the figures themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel

from services.kpi.domain.load.comparing import changes
from services.kpi.domain.load.sums import LoadFigures


class EarlierLoadOut(BaseModel):
    """The figures of the step that stands beside each step, null where there is none: that of the
    same number in as many days just before, if it lasts as long.
    """

    came: list[int | None]
    went: list[int | None]
    open_average: list[float | None]
    open_peak: list[int | None]
    units_average: list[float | None]
    capacity_average: list[float | None]
    utilisation: list[float | None]
    over_capacity_minutes: list[float | None]
    present_minutes: list[float | None]
    shift_minutes: list[float | None]
    present_on_shift_minutes: list[float | None]

    @classmethod
    def of(cls, earlier: Sequence[LoadFigures], places: Sequence[int | None]) -> Self:
        nothing = (None,) * len(LoadFigures._fields)
        rows = [nothing if place is None else earlier[place] for place in places]
        columns = zip(*rows, strict=True) if rows else ((),) * len(nothing)
        return cls(**dict(zip(LoadFigures._fields, map(list, columns), strict=True)))


class LoadChangesOut(BaseModel):
    """How each number differs from the one of the step beside it: `absolute`, and `relative`, by
    the amount of the earlier one; null where there is nothing to subtract from or to divide by.
    """

    absolute: list[float | None]
    relative: list[float | None]

    def at(self, place: int) -> dict[str, Any]:
        """Of one step."""
        return {"absolute": self.absolute[place], "relative": self.relative[place]}


def changes_of(now: BaseModel, earlier: EarlierLoadOut) -> Mapping[str, LoadChangesOut]:
    """Of every figure, by its name."""
    return {
        name: LoadChangesOut(**changes(getattr(now, name), getattr(earlier, name))._asdict())
        for name in EarlierLoadOut.model_fields
    }
