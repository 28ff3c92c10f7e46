"""The values of a plan's axes: texts that cells know by number."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.plan.nodes import AxisName
from services.kpi.domain.plan.terms import NAMED
from shared.database import Session
from shared.statements import columns

_ADD: Final = """
INSERT INTO plan_value (plan_id, axis, number, value)
SELECT CAST(:plan_id AS uuid), axis, number, value
FROM unnest(CAST(:axes AS text[]), CAST(:numbers AS integer[]), CAST(:values AS text[]))
    AS v (axis, number, value)
"""
_NUMBERS: Final = """
SELECT value, number FROM plan_value
WHERE plan_id = :plan_id AND axis = :axis AND value = ANY(CAST(:values AS text[]))
"""
_NAMES: Final = """
SELECT number, value FROM plan_value
WHERE plan_id = :plan_id AND axis = :axis AND number = ANY(CAST(:numbers AS integer[]))
"""
_LIST: Final = """
SELECT number, value FROM plan_value
WHERE plan_id = :plan_id AND axis = :axis AND number > :after ORDER BY number LIMIT :limit
"""
_ALL: Final = "SELECT axis, number, value FROM plan_value WHERE plan_id = :plan_id"
_COUNT: Final = "SELECT count(*) FROM plan_value WHERE plan_id = :plan_id AND axis = :axis"


class Value(NamedTuple):
    number: int
    value: str


async def add_values(
    session: Session, plan_id: UUID, values: Mapping[AxisName, Sequence[str]], *, after: int = 0
) -> None:
    """Number the values of each axis in their order, from `after` on."""
    rows = [
        (axis, number, value)
        for axis, each in values.items()
        for number, value in enumerate(each, start=after)
    ]
    await session.execute(_ADD, {"plan_id": plan_id, **columns("axes numbers values", rows)})


async def find_numbers(
    session: Session, plan_id: UUID, axis: AxisName, values: Collection[str]
) -> dict[str, int]:
    """The numbers of those that the plan has, by value."""
    params = {"plan_id": plan_id, "axis": axis, "values": sorted(values)}
    return {row.value: row.number for row in await session.execute(_NUMBERS, params)}


async def find_names(
    session: Session, plan_id: UUID, axis: AxisName, numbers: Collection[int]
) -> dict[int, str]:
    params = {"plan_id": plan_id, "axis": axis, "numbers": sorted(numbers)}
    return {row.number: row.value for row in await session.execute(_NAMES, params)}


async def list_values(
    session: Session, plan_id: UUID, axis: AxisName, *, after: int, limit: int
) -> list[Value]:
    """Those with a number above `after`, in order, one more than `limit`."""
    params = {"plan_id": plan_id, "axis": axis, "after": after, "limit": limit + 1}
    return [Value(**row) for row in await session.execute(_LIST, params)]


async def list_all_values(session: Session, plan_id: UUID) -> dict[AxisName, dict[int, str]]:
    """The values of each axis that is named, by number."""
    values: dict[AxisName, dict[int, str]] = {axis: {} for axis in NAMED}
    for row in await session.execute(_ALL, {"plan_id": plan_id}):
        values[row.axis][row.number] = row.value
    return values


async def count_values(session: Session, plan_id: UUID, axis: AxisName) -> int:
    number: int = await session.scalar(_COUNT, {"plan_id": plan_id, "axis": axis})
    return number
