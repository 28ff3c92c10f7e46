"""The period of a report, and the one before, as a request names them."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request

from services.kpi.domain.comparison import twins
from services.kpi.domain.exports.about import About
from services.kpi.domain.periods import (
    EARLIEST,
    LATEST,
    STEPS,
    Period,
    PeriodError,
    period,
    require_zone,
)
from services.kpi.repository.reports.cohort import View
from services.kpi.schemas.comparison import Compare, Compared, ComparedReport, Twin, with_changes
from services.kpi.settings import Settings
from shared.database import Database, Session, transaction
from shared.errors import InvalidError
from shared.web.dependencies import Now
from shared.web.ranges import Day

Report = TypeVar("Report", bound=ComparedReport)
Figures = TypeVar("Figures", bound=Compared[Any])


def refused(error: PeriodError) -> InvalidError:
    return InvalidError("The period is not one.", errors=[(f"/{error.field}", error.detail)])


def _period(
    request: Request,
    first: Annotated[Day, Query(alias="from", description="The first day")],
    end: Annotated[Day, Query(alias="to", description="The day after the last one")],
    tz: Annotated[
        str | None, Query(max_length=64, description="IANA zone; the company's if not given")
    ] = None,
) -> Period:
    settings: Settings = request.app.state.settings
    try:
        return period(first, end, require_zone(settings.time_zone if tz is None else tz))
    except PeriodError as error:
        raise refused(error) from error


PeriodOf = Annotated[Period, Depends(_period)]


def require_past(known_on: date, now: datetime) -> None:
    """Raises InvalidError for a day of UTC that has not begun: nobody knows what it will bring."""
    today = now.astimezone(UTC).date()
    if known_on > today:
        raise refused(PeriodError("as_known_on", f"lies in the future: today is {today} (UTC)"))


def _known_on(
    now: Now,
    as_known_on: Annotated[
        Day | None,
        Query(description="As it was known at the end of this day of UTC, at the latest today"),
    ] = None,
) -> date | None:
    """Raises InvalidError for a day that cannot be told of."""
    if as_known_on is None:
        return None
    if not EARLIEST <= as_known_on <= LATEST:
        detail = f"lies between {EARLIEST} and {LATEST}"
        raise refused(PeriodError("as_known_on", detail))
    require_past(as_known_on, now)
    return as_known_on


KnownOnOf = Annotated[date | None, Depends(_known_on)]


def _view(days: PeriodOf, known_on: KnownOnOf) -> View:
    return View(days, known_on)


ViewOf = Annotated[View, Depends(_view)]


def require_even(view: View) -> View:
    """Raises InvalidError for days that counters do not tell apart."""
    if not view.period.is_even:
        raise refused(PeriodError("tz", "has days that begin between quarters of an hour"))
    return view


def _before(
    view: ViewOf,
    compare: Annotated[
        Compare | None, Query(description="beside as many days just before the period")
    ] = None,
) -> View | None:
    if compare is None:
        return None
    try:
        return View(view.period.previous(), view.known_on)
    except PeriodError as error:
        raise refused(error) from error


BeforeOf = Annotated[View | None, Depends(_before)]


async def read_report(
    database: Database,
    read: Callable[[Session, View], Awaitable[Report]],
    view: View,
    before: View | None,
    twin: Twin | None = None,
) -> Report:
    """The report, beside that on the period before if there is one; both of the same moment."""
    async with transaction(database) as session:
        report = await read(session, view)
        return report if before is None else report.beside(await read(session, before), twin)


async def read_figures(
    database: Database,
    read: Callable[[Session, View], Awaitable[Figures]],
    view: View,
    before: View | None,
) -> Figures:
    """The same for a report of one thing."""
    async with transaction(database) as session:
        figures = await read(session, view)
        return figures if before is None else with_changes(figures, await read(session, before))


def beside(pages: Iterable[Report], twin: Twin | None) -> Report:
    """A report, beside that on the period before if there is one."""
    report, *others = pages
    return report.beside(others[0], twin) if others else report


def twin_of(view: View, before: View | None, dimensions: Sequence[str]) -> Twin | None:
    """For groups of time: which group of the period before stands beside one."""
    step = next((name for name in STEPS if name in dimensions), None)
    if before is None or step is None:
        return None
    days = twins(view.period, before.period, step)

    def twin(key: Any) -> Hashable | None:
        pairs = [(name, days.get(value) if name == step else value) for name, value in key]
        return None if (step, None) in pairs else tuple(pairs)

    return twin


def about(name: str, view: View, **choices: object) -> About:
    """What the table of a report says of itself."""
    return About(name, view.period, view.known_on, choices)
