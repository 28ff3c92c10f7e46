"""Sales that were taken back: days of sales that are kept as columns have only what stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from services.kpi.domain.paths.segments import DIMENSIONS
from services.kpi.repository.money.origins import CHOSEN, ORIGINS
from services.kpi.repository.money.relations import TIMES, View, begins, part_of
from shared.database import Session

Key = tuple[Any, ...]
_CREDITED: Final = f"{ORIGINS} JOIN segment USING (segment_id)"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """So many sales of a group, for so much in the currency."""

    key: Key
    currency: str | None
    sales: int
    amount: Decimal | None


async def list_taken_back(
    session: Session, view: View, dimensions: Sequence[str], chosen: Mapping[str, Any]
) -> list[TakenBack]:
    """By group and currency. `chosen` says to what sales are credited."""
    names = [
        part_of(dimensions, "s.at")
        if name in TIMES
        else "s.manager_id"
        if name == "manager"
        else f"segment.{name}"
        for name in dimensions
    ]
    is_credited = not set(dimensions).isdisjoint(DIMENSIONS)
    statement = f"""
SELECT {"".join(f"{name}, " for name in names)}s.currency, count(*), sum(s.amount)
FROM sale AS s{_CREDITED if is_credited else ""}
WHERE {view.within("s")} AND s.taken_back_at IS NOT NULL
    {f"AND {CHOSEN.format('o')}" if is_credited else ""}
GROUP BY {", ".join(map(str, range(1, len(names) + 2)))}
"""
    of_model = chosen if is_credited else {}
    params = view.params() | begins(view.period, dimensions)
    return [
        TakenBack(tuple(row)[: len(names)], *tuple(row)[len(names) :])
        for row in await session.execute(statement, {**params, **of_model})
    ]
