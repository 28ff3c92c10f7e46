"""Pages of what a number counts, and how many items it has."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.kpi.repository.drill.pages import (
    After,
    DrillDown,
    DrillDownItem,
    Items,
    count_items,
    list_page,
)
from services.kpi.repository.drill.quarters import (
    Number,
    count_number,
    find_quarters,
    rarest,
)
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.extent import take_view
from shared.database import Session

MOST_ON_PAGE: Final = 1000  # items of a part of a number; beyond, the whole period is read
# Of how many items of another number a page of some of them is looked for at first, times its size;
# so many times more then, and no more than so many: all of the period are read at once.
_LEAST_AMONG: Final = 4
_MORE_AMONG: Final = 8
_MOST_AMONG: Final = 20_000


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a number before its items are read: what counters keep of it; or of which
    numbers it is a part each, and what counts it, if that can tell.
    """

    number: Number | None = None
    among: Sequence[Number] = ()
    count: Callable[[Session, View], Awaitable[int | None]] | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which items of a number: those after one, at most so many."""

    after: After | None
    limit: int


async def list_items(
    session: Session, view: View, select: Callable[[View], Items], window: Window, hints: Hints
) -> DrillDown:
    """A page of the items of the view, and of the first one how many there are."""
    view = await take_view(session, view)
    items = await _page(session, view, select, window, hints)
    if window.after is not None:
        return DrillDown(items, None)
    if hints.number is not None:
        return DrillDown(items, await count_number(session, view, hints.number))
    total = None if hints.count is None else await hints.count(session, view)
    return DrillDown(items, await count_items(session, select(view)) if total is None else total)


async def _page(
    session: Session, view: View, select: Callable[[View], Items], window: Window, hints: Hints
) -> list[DrillDownItem]:
    """Looks into more and more of the quarters that can have items, until these fill the page."""
    limit = window.limit
    number = hints.number or await rarest(session, view, hints.among)
    if number is not None and (hints.number or limit <= MOST_ON_PAGE):
        last = None if window.after is None else window.after[0]
        size = limit if hints.number else limit * _LEAST_AMONG
        while True:
            quarters = await find_quarters(session, view, number, last=last, limit=size)
            part = view._replace(quarters=quarters.begins)
            items = await list_page(session, select(part), after=window.after, limit=limit)
            if hints.number or quarters.is_all or len(items) >= limit:
                return items
            size *= _MORE_AMONG
            if size > _MOST_AMONG:
                break
    return await list_page(session, select(view), after=window.after, limit=limit)
