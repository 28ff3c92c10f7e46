"""Makes a plan, with a first draft: from what was sold, from a forecast, or empty."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.months import later
from services.kpi.domain.periods import day_begin
from services.kpi.domain.plan.building import Cube, Sold, Values, cube_of, empty_cube
from services.kpi.domain.plan.foretold import as_foretold
from services.kpi.domain.plan.nodes import MEASURES, NATURES, Measure
from services.kpi.domain.plan.terms import MAX_CELLS, MAX_VALUES, NAMED, Terms
from services.kpi.repository.plan import plans
from services.kpi.repository.plan.blocks import Place, put_blocks
from services.kpi.repository.plan.changes import Change, add_change
from services.kpi.repository.plan.past import Month, SoldRow, list_sold
from services.kpi.repository.plan.plans import DRAFT, KeptPlan, Version
from services.kpi.repository.plan.values import add_values
from services.kpi.use_cases.money.completeness import require_told
from services.kpi.use_cases.plan.errors import PlanInForceError, TooManyPlansError
from services.kpi.use_cases.plan.foretold import FromForecast, read_foretold
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


async def create_plan(
    session: Session, terms: Terms, start: Start, *, zone: ZoneInfo, actor: str, reason: str,
    now: datetime,
) -> KeptPlan:  # fmt: skip
    """Raises InvalidError, TooManyPlansError, UnavailableError."""
    if await plans.count_plans(session) >= MAX_PLANS:
        raise TooManyPlansError(f"There are {MAX_PLANS} plans already.")
    cube = await _cube(session, terms, start, zone=zone, now=now)
    item = KeptPlan(replace(terms, season=cube.season), _members(start), now, actor)
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
    if isinstance(start, FromPast | FromForecast):
        await require_told(session)
    if isinstance(start, FromPast):
        sold = await _past(session, terms, start.years, zone=zone, now=now)
        return await asyncio.to_thread(
            cube_of, sold, terms.months, years=start.years, growth_percent=start.growth_percent
        )
    if isinstance(start, FromForecast):
        measure, amounts = await read_foretold(session, terms, start, zone)
        sold = await _past(session, terms, start.years, zone=zone, now=now)
        return await asyncio.to_thread(_foretold_cube, sold, measure, amounts, years=start.years)
    _require_size(terms, start)
    return await asyncio.to_thread(empty_cube, start, terms.months)


def _foretold_cube(
    sold: Sequence[Sold], measure: Measure, amounts: Sequence[int], *, years: int
) -> Cube:
    cube = cube_of(sold, len(amounts), years=years, growth_percent=0)
    return as_foretold(cube, measure, amounts)


def _members(start: Start) -> dict[str, Any]:
    """What a plan shows of how it began."""
    if isinstance(start, FromPast):
        return {"kind": "past", **asdict(start)}
    if isinstance(start, FromForecast):
        members = {"kind": "forecast", **asdict(start)}
        return {**members, "forecast_id": str(start.forecast_id)}
    return {"kind": "values"}


async def _past(
    session: Session, terms: Terms, years: int, *, zone: ZoneInfo, now: datetime
) -> list[Sold]:
    """What was sold in the months that tell of the plan's. Raises InvalidError."""
    months = months_before(terms, years, zone, now)
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
        first = min(month.begins_at for month in months).astimezone(zone).date()
        last = max(month.begins_at for month in months).astimezone(zone).date()
        detail = (
            f"nothing was sold in the months before the plan, from {first:%Y-%m} to {last:%Y-%m}"
        )
        raise _no_past(detail, "/start/years")
    if len(rows) > MOST_SOLD:
        raise _no_past(f"more than {MOST_SOLD} combinations were sold", "/party")
    sold = [_sold(row, terms) for row in rows]
    _require_lines(terms, sold)
    return sold


def months_before(terms: Terms, years: int, zone: ZoneInfo, now: datetime) -> list[Month]:
    """The months of the past that tell of each month of the plan: the last ones of the same name
    that are over and lie before the plan begins, as whoever plans for it knows none of its own.
    """
    bound = _first_unknown(terms, zone, now)
    months = []
    for number in range(terms.months):
        month = terms.month_of(number)
        while month >= bound:
            month = later(month, -_YEAR)
        for year in range(years):
            first = later(month, -_YEAR * year)
            months.append(Month(day_begin(first, zone), day_begin(later(first, 1), zone), number))
    return months


def _first_unknown(terms: Terms, zone: ZoneInfo, now: datetime) -> date:
    """The month from which on whoever plans knows nothing: this one, or the plan's first."""
    return min(now.astimezone(zone).date().replace(day=1), terms.first_month)


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
        raise InvalidError("The plan is too large.", errors=[("/start", detail)])


def _no_past(detail: str, pointer: str) -> InvalidError:
    return InvalidError("The past makes no plan.", errors=[(pointer, detail)])


async def delete_plan(session: Session, plan_id: UUID) -> None:
    """With all its drafts. Raises NotFoundError, PlanInForceError."""
    await plans.get_plan(session, plan_id, lock=True)
    versions = await plans.list_versions(session, plan_id)
    if any(version.state != DRAFT for version in versions):
        raise PlanInForceError("A version of the plan is approved, so that it stays.")
    await plans.delete_plan(session, plan_id)
