"""Makes a plan, with a first draft: from what was sold, or empty."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.periods import day_begin
from services.kpi.domain.plan.building import (
    Cube,
    Sold,
    Values,
    cube_of,
    empty_cube,
    with_months,
)
from services.kpi.domain.plan.nodes import MEASURES, NATURES
from services.kpi.domain.plan.terms import MAX_CELLS, MAX_VALUES, NAMED, Terms, later
from services.kpi.repository.plan import plans
from services.kpi.repository.plan.blocks import Place, put_blocks
from services.kpi.repository.plan.changes import Change, add_change
from services.kpi.repository.plan.past import Month, SoldRow, list_sold
from services.kpi.repository.plan.plans import DRAFT, KeptPlan, Version
from services.kpi.repository.plan.values import add_values
from services.kpi.use_cases.plan.errors import PlanInForceError, TooManyPlansError
from services.kpi.use_cases.plan.foretold import FromForecast, foretell
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id

MAX_PLANS: Final = 100
MOST_SOLD: Final = 300_000  # combinations and months that a plan is made from
_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class FromPast:
    """As the same months of so many years came out, and so much more."""

    years: int
    growth_percent: int


Start = FromPast | FromForecast | Values
_LAST_YEAR: Final = FromPast(years=1, growth_percent=0)


async def create_plan(
    session: Session, terms: Terms, start: Start, *, zone: ZoneInfo, actor: str, reason: str,
    now: datetime,
) -> KeptPlan:  # fmt: skip
    """Raises InvalidError, TooManyPlansError."""
    if await plans.count_plans(session) >= MAX_PLANS:
        raise TooManyPlansError(f"There are {MAX_PLANS} plans already.")
    cube = await _cube(session, terms, start, zone=zone, now=now)
    item = KeptPlan(replace(terms, season=cube.season), now, actor)
    await plans.add_plan(session, item)
    version = Version(terms.plan_id, 1, DRAFT, 1, None, now, actor)
    await plans.add_version(session, version)
    await add_values(session, terms.plan_id, cube.values)
    for measure in MEASURES:
        await put_blocks(session, Place(terms.plan_id, 1, measure), cube.blocks[measure])
    change = Change(
        change_id=new_id(),
        number=1,
        revision=1,
        kind="created",
        reason=reason,
        made_at=now,
        made_by=actor,
    )
    await add_change(session, terms.plan_id, change)
    return item


async def _cube(
    session: Session, terms: Terms, start: Start, *, zone: ZoneInfo, now: datetime
) -> Cube:
    if isinstance(start, FromForecast):
        foretold = await foretell(session, terms, start, zone)
        cube = await _cube_of_past(session, terms, _LAST_YEAR, zone=zone, now=now)
        return await asyncio.to_thread(with_months, cube, foretold.measure, foretold.amounts)
    if isinstance(start, FromPast):
        return await _cube_of_past(session, terms, start, zone=zone, now=now)
    _require_size(terms, start)
    return await asyncio.to_thread(empty_cube, start, terms.months)


async def _cube_of_past(
    session: Session, terms: Terms, start: FromPast, *, zone: ZoneInfo, now: datetime
) -> Cube:
    months = months_before(terms, start.years, zone, now)
    rows = await list_sold(
        session,
        months,
        party=terms.party,
        currency=terms.currency,
        rule=terms.rule,
        zone=zone.key,
        limit=MOST_SOLD,
    )
    if not rows:
        raise _no_past("nothing was sold in these months", "/start/years")
    if len(rows) > MOST_SOLD:
        raise _no_past(f"more than {MOST_SOLD} combinations were sold", "/party")
    sold = [_sold(row, terms) for row in rows]
    _require_lines(terms, sold)
    return await asyncio.to_thread(
        cube_of, sold, terms.months, years=start.years, growth_percent=start.growth_percent
    )


def months_before(terms: Terms, years: int, zone: ZoneInfo, now: datetime) -> list[Month]:
    """The months of the past that tell of each month of the plan: the last ones of the same name
    that are over.
    """
    present = now.astimezone(zone).date().replace(day=1)
    months = []
    for number in range(terms.months):
        month = terms.month_of(number)
        while month >= present:
            month = later(month, -_YEAR)
        for year in range(years):
            first = later(month, -_YEAR * year)
            months.append(Month(day_begin(first, zone), day_begin(later(first, 1), zone), number))
    return months


def _sold(row: SoldRow, terms: Terms) -> Sold:
    nature = NATURES.index("guaranteed" if row.is_guaranteed else "planned")
    revenue = max(0, round(row.revenue / terms.unit("revenue")))
    return Sold(*row[:4], row.month, nature, revenue, row.quantity)


def _require_lines(terms: Terms, sold: Sequence[Sold]) -> None:
    for axis, place in zip(NAMED, range(len(NAMED)), strict=True):
        if len({one[place] for one in sold}) > MAX_VALUES:
            raise _no_past(f"{axis} has more than {MAX_VALUES} values", "/party")
    lines = len({one[:4] for one in sold})
    if lines * terms.months * len(NATURES) > MAX_CELLS:
        raise _no_past(f"the plan would have more than {MAX_CELLS} cells", "/months")


def _require_size(terms: Terms, values: Values) -> None:
    size = terms.months * len(NATURES)
    for axis in NAMED:
        size *= len(values[axis])
    if size > MAX_CELLS:
        detail = f"make {size} cells of all combinations; at most {MAX_CELLS}"
        raise InvalidError("The plan is too large.", errors=[("/start/values", detail)])


def _no_past(detail: str, pointer: str) -> InvalidError:
    return InvalidError("The past makes no plan.", errors=[(pointer, detail)])


async def delete_plan(session: Session, plan_id: UUID) -> None:
    """With all its drafts. Raises NotFoundError, PlanInForceError."""
    await plans.get_plan(session, plan_id, lock=True)
    versions = await plans.list_versions(session, plan_id)
    if any(version.state != DRAFT for version in versions):
        raise PlanInForceError("A version of the plan is approved, so that it stays.")
    await plans.delete_plan(session, plan_id)
