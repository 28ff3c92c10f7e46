"""Reports on plans and the parts of scheduled reports, over what `benchmarks.reports` fills."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from benchmarks.indicator_events import FIRST as FIRST_LEAD
from benchmarks.money import BEGINS_AT, DAYS
from benchmarks.plans import fill as fill_plan
from benchmarks.plans import terms_of
from benchmarks.rounds import Deed
from services.kpi.domain.plan.nodes import AXES
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan.blocks import Place
from services.kpi.routes.digest_sections import read_parts
from services.kpi.use_cases.digests.parts import Occasion
from services.kpi.use_cases.plan.bridge import show_bridge
from services.kpi.use_cases.plan.control import Wish as PlanWish
from services.kpi.use_cases.plan.control import show_control, show_quality
from shared.database import Database
from shared.ids import derived_id

PLAN_CELLS: Final = 100_000
ZONE: Final = ZoneInfo("Europe/Moscow")
WEEKS: Final = 104
NOW: Final = BEGINS_AT + timedelta(days=DAYS)
LATER: Final = FIRST_LEAD + timedelta(weeks=WEEKS - 1)


def _plan_terms() -> Terms:
    """Of the last year."""
    return replace(terms_of(), plan_id=derived_id("plan", 1), first_month=date(2025, 11, 1))


async def add_plan(database: Database) -> None:
    await fill_plan(database, _plan_terms(), PLAN_CELLS)


def of_plans() -> dict[str, Deed]:
    """By each axis: plan against fact, how good the planning was, and why they differ."""
    terms = _plan_terms()
    now = NOW + timedelta(days=1)  # all months of the plan are over
    place = Place(terms.plan_id, 1, "revenue")
    wishes: dict[str, PlanWish] = {
        str(axis): PlanWish(place, {}, axis, ZONE, now) for axis in (None, *AXES)
    }
    shows = {"control": show_control, "quality": show_quality, "bridge": show_bridge}
    deeds: dict[str, Deed] = {
        f"{name} of a plan, {axis}": partial(_of_plan, show, terms, asked)
        for name, show in shows.items()
        for axis, asked in wishes.items()
        if name == "control" or axis in {"None", "region", "product", "seller"}
    }
    return deeds


def of_sections(database: Database) -> dict[str, Deed]:
    """What scheduled reports consist of, the morning digest's as of a month."""
    sections: list[dict[str, Any]] = [
        {"report": "funnel", "group_by": "source"},
        {"report": "managers"},
        {"report": "response-times", "group_by": "manager"},
        {"report": "sales", "group_by": "day"},
        {"report": "sources", "group_by": "source"},
        {"report": "load"},
    ]
    deeds: dict[str, Deed] = {}
    for section in sections:
        now = NOW if section["report"] in {"sales", "sources"} else LATER
        whole = {**section, "period": "last_month", "compare": "previous"}
        occasion = Occasion(now, ZONE, "ru", now, ZONE)
        deeds[f"section {section['report']}"] = partial(_sections, database, whole, occasion)
    return deeds


async def _of_plan(show: Any, terms: Terms, wish: PlanWish, session: Any) -> Any:
    return await show(session, terms, wish)


async def _sections(
    database: Database, section: Mapping[str, Any], occasion: Occasion, _: Any
) -> Any:
    return await read_parts(database, [section], occasion)
