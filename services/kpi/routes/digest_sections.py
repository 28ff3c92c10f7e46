"""Reads the reports that a scheduled one consists of, as their own addresses answer them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, cast

from services.kpi.domain.digests.spans import days_of
from services.kpi.domain.exports.about import About
from services.kpi.domain.largest import most_groups
from services.kpi.domain.periods import Period, PeriodError
from services.kpi.domain.plan.nodes import AXES
from services.kpi.repository.money.sold import Origin
from services.kpi.repository.plan import plans
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.routes.periods import beside, read_report, refused, twin_of
from services.kpi.schemas.digest_parts import Answer, part_of
from services.kpi.schemas.digest_plans import PlanControlRow
from services.kpi.schemas.digests import SectionIn
from services.kpi.schemas.load import LoadOut, table_rows
from services.kpi.schemas.money.returns import ReturnsRowOut
from services.kpi.schemas.money.sales import SalesRowOut
from services.kpi.schemas.reports import FunnelOut, ResponseTimesOut
from services.kpi.schemas.summaries import ManagersOut, ManagerSummaryOut
from services.kpi.use_cases.digests.parts import Occasion, Part
from services.kpi.use_cases.load import report as load
from services.kpi.use_cases.load.report import LoadQuery
from services.kpi.use_cases.money import returns, sales
from services.kpi.use_cases.money.views import MoneyWish
from services.kpi.use_cases.plan.control import Wish, show_control
from services.kpi.use_cases.reports import funnel as reports
from services.kpi.use_cases.reports.funnel import ReportWish
from services.kpi.use_cases.reports.managers import show_managers
from shared.database import Database, Session, transaction

MOST_LOADED = 500  # managers whose load one report shows, in the order of their ids
LOOKBACK_DAYS: Final = 90  # as the addresses have it
_MODEL: Final = "last_non_direct"


async def read_parts(
    database: Database, sections: Sequence[Mapping[str, Any]], occasion: Occasion
) -> list[Part]:
    """The parts in the order of the sections, each of one moment. Raises what the reports raise."""
    parts = []
    for members in sections:
        section = SectionIn.model_validate(members)
        answer = await _READERS[section.report](database, section, occasion)
        about = answer.about.rows(occasion.language, occasion.now)
        # Words and pictures of many rows take long enough for others to notice.
        parts.append(await asyncio.to_thread(part_of, answer, occasion.language, about))
    return parts


def _days(section: SectionIn, occasion: Occasion) -> Period:
    try:
        return days_of(section.period, occasion.today, occasion.zone)
    except PeriodError as error:
        raise refused(error) from error


def _views(section: SectionIn, occasion: Occasion) -> tuple[View, View | None]:
    days = _days(section, occasion)
    return View(days), None if section.compare is None else View(days.previous())


def _query(section: SectionIn, occasion: Occasion) -> ReportWish:
    """As the addresses ask for JSON: of many groups the largest ones."""
    view, before = _views(section, occasion)
    dimensions = (section.group_by or "").split(",")
    return ReportWish(view, before, dimensions, most_groups(dimensions))


async def _funnel(database: Database, section: SectionIn, occasion: Occasion) -> Answer:
    query = _query(section, occasion)
    async with transaction(database) as session:
        pages = await reports.show_funnel(session, query)
    twin = twin_of(query.view, query.before, query.dimensions)
    return _grouped(section, query, beside(map(FunnelOut.of, pages), twin))


async def _response_times(database: Database, section: SectionIn, occasion: Occasion) -> Answer:
    query = _query(section, occasion)
    async with transaction(database) as session:
        pages = await reports.show_response_times(session, query)
    twin = twin_of(query.view, query.before, query.dimensions)
    return _grouped(section, query, beside(map(ResponseTimesOut.of, pages), twin))


def _grouped(section: SectionIn, query: ReportWish, report: FunnelOut | ResponseTimesOut) -> Answer:
    about = About(section.report, query.view.period, None, {"group_by": section.group_by})
    return Answer(section.report, about, report.rows, report.totals, report.more)


async def _managers(database: Database, section: SectionIn, occasion: Occasion) -> Answer:
    view, before = _views(section, occasion)

    async def read(session: Session, span: View) -> ManagersOut:
        summaries = await show_managers(session, span, only=None)
        return ManagersOut(rows=[ManagerSummaryOut.of(summary) for summary in summaries])

    report = await read_report(database, read, view, before)
    return Answer(section.report, About("managers", view.period), report.rows)


def _wish(section: SectionIn, days: Period) -> MoneyWish:
    return MoneyWish(
        days,
        section.group_by.split(",") if section.group_by else [],
        cast(Any, section.attribution or _MODEL),  # the door let no other words in
        LOOKBACK_DAYS,
        None,
        section.compare is not None,
    )


def _about_money(section: SectionIn, days: Period) -> About:
    choices = {"group_by": section.group_by, "attribution": section.attribution or _MODEL}
    return About(section.report, days, None, choices)


async def _sources(database: Database, section: SectionIn, occasion: Occasion) -> Answer:
    days = _days(section, occasion)
    async with transaction(database) as session:
        report = await returns.show_returns(session, _wish(section, days))
    rows = [ReturnsRowOut.of(row) for row in report.rows]
    about = _about_money(section, days)
    return Answer(section.report, about, rows, ReturnsRowOut.of(report.totals), report.more)


async def _sales(database: Database, section: SectionIn, occasion: Occasion) -> Answer:
    days = _days(section, occasion)
    origin = cast(Origin, section.attribution or _MODEL)
    async with transaction(database) as session:
        report = await sales.show_sales(session, _wish(section, days), origin)
    rows = [SalesRowOut.of(row) for row in report.rows]
    about, totals = _about_money(section, days), SalesRowOut.of(report.totals)
    return Answer(section.report, about, rows, totals, report.more)


async def _load(database: Database, section: SectionIn, occasion: Occasion) -> Answer:
    view, before = _views(section, occasion)
    query = LoadQuery(view, "period", before)
    async with transaction(database) as session:
        report = await load.show_load(
            session, query, only=None, after=None, limit=MOST_LOADED, now=occasion.now
        )
    answer = LoadOut.of(report, next_cursor=None)
    rows = [
        row
        for item in answer.rows
        for row in table_rows(answer.steps, item, manager_id=item.manager_id, name=item.name)
    ]
    return Answer(section.report, About("managers-load", view.period), rows)


async def _plan_control(database: Database, section: SectionIn, occasion: Occasion) -> Answer:
    assert section.plan_id is not None, "the door asks for it"
    assert section.version is not None, "the door asks for it"
    measure = section.measure or "revenue"
    place = Place(section.plan_id, section.version, measure)
    async with transaction(database) as session:
        await take_snapshot(session)
        terms = (await plans.get_plan(session, section.plan_id)).terms
        wish = Wish(
            place,
            dict.fromkeys(AXES),
            section.axis,
            occasion.company,
            occasion.now,
            home=occasion.country,
        )
        items, whole = await show_control(session, terms, wish)
    rows = [PlanControlRow.of(item, terms, measure) for item in items]
    about = About("plan-control", choices={"measure": measure, "axis": section.axis})
    total = PlanControlRow.whole(whole, terms, measure)
    if section.axis is None:
        return Answer(section.report, about, [total])
    return Answer(section.report, about, rows, total)


_READERS: Final[Mapping[str, Callable[[Database, SectionIn, Occasion], Awaitable[Answer]]]] = {
    "funnel": _funnel,
    "response-times": _response_times,
    "managers": _managers,
    "sources": _sources,
    "sales": _sales,
    "load": _load,
    "plan-control": _plan_control,
}
