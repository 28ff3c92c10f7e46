"""What the sales of managers come to, told from the days of sales that are kept as columns."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from services.kpi.domain.loyalty.counting import tell_managers
from services.kpi.domain.sales.figures import Key, SalesFigures
from services.kpi.repository.money.relations import TIMES, View
from services.kpi.repository.money.sale_days import SELLERS_GAPS, count
from services.kpi.repository.money.taken_back import list_taken_back
from shared.database import Session

Part = tuple[UUID | None, int]  # a manager and a part of the period, from 1


def are_managers(dimensions: Sequence[str]) -> bool:
    """Whether the groups are managers, or parts of the period of each."""
    return "manager" in dimensions and {"manager", *TIMES}.issuperset(dimensions)


async def count_managers(
    session: Session, view: View, dimensions: Sequence[str]
) -> tuple[dict[Key, SalesFigures], SalesFigures]:
    """Figures by group, and over all groups together."""
    deed = partial(tell_managers, span=view.period, bounds=view.bounds(dimensions))
    names, figures = await count(session, view, SELLERS_GAPS, deed)
    total = figures.pop(None, SalesFigures())
    ids = [UUID(name) if name else None for name in names]
    by_part: dict[Part, SalesFigures] = {
        (ids[place[0]], place[1]): each for place, each in figures.items() if place is not None
    }
    groups: dict[Key, SalesFigures] = {
        tuple(manager if name == "manager" else part for name in dimensions): each
        for (manager, part), each in by_part.items()
    }
    for one in await list_taken_back(session, view, dimensions, {}):
        took = one.currency, one.sales, one.amount
        groups[one.key] = groups.get(one.key, SalesFigures()).less(*took)
        total = total.less(*took)
    return groups, total
