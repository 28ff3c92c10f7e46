"""A manager's day: what is missing of the month, cut to the day by calendar and weekday."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.attribution import digits_of
from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.months import days_of
from services.kpi.domain.organisation.days import weights_of
from services.kpi.domain.organisation.needs import Aim, Ground, Needs, day_of, needs_of, rest_of
from services.kpi.domain.periods import day_begin, period
from services.kpi.domain.plan.nodes import MEASURES, Node
from services.kpi.domain.working_days import seconds_by_day
from services.kpi.repository.forecast.past import facts_by_step
from services.kpi.repository.motivation.attainments import list_calendars
from services.kpi.repository.motivation.targets import find_targets
from services.kpi.repository.organisation.ground import Stretch, find_plan, read_ground
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.plan.plans import get_plan
from services.kpi.use_cases.forecast.past import PastWish, read_past, show_seasonality
from services.kpi.use_cases.plan.nodes import read_node
from services.kpi.use_cases.working_days import days_off
from shared.database import Session
from shared.errors import InvalidError, NotFoundError

RATE_DAYS: Final = 90
SEASON_DAYS: Final = 182
Whose = Literal["manager", "company"]


@dataclass(frozen=True, slots=True)
class Wish:
    """A day in the company's zone; `offer_stage` is the stage in which a lead has its offer.
    Whoever has no calendar works the usual week without holidays of `home`, the company's country.
    """

    manager_id: UUID
    day: date
    zone: ZoneInfo
    offer_stage: str
    now: datetime
    home: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """The month's aim, and where it stands: in an approved version of a plan, or as a target."""

    kind: Literal["plan", "target"]
    aim: Aim
    currency: str | None
    plan_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """`plan` is None where nothing is planned: then nothing is needed. `rates_of` tells whose
    closed leads `ground` is made of.
    """

    seconds: int
    days_left: int
    plan: Planned | None
    done: Aim
    rest: Aim
    month: Needs | None
    day: Needs | None
    ground: Ground | None
    rates_of: Whose | None
    indices: Mapping[int, float]


async def show_day(session: Session, wish: Wish) -> DayView:
    """What the day needs, by what is done before it. Raises NotFoundError."""
    # Of the past a snapshot is taken, which has to be the first of a transaction.
    indices = await _indices(session, wish)
    calendar = (await list_calendars(session, [wish.manager_id])).get(wish.manager_id)
    if calendar is None:
        raise NotFoundError("There is no such manager.")
    span = days_of(wish.day.replace(day=1), wish.zone)
    off = days_off(wish.home, [wish.day.year])
    seconds = seconds_by_day(calendar.calendar, calendar.time_zone, span, off)
    weights = weights_of(seconds, indices)
    plan = await _planned(session, wish)
    done = await _done(session, wish, plan)
    rest = Aim(None, None) if plan is None else rest_of(plan.aim, done)
    ground, rates_of = await _ground(session, wish, plan)
    month = None if plan is None else needs_of(rest, ground)
    unit = Decimal(1).scaleb(-digits_of(None if plan is None else plan.currency))
    return DayView(
        seconds=seconds[wish.day],
        days_left=sum(1 for day, weight in weights.items() if day >= wish.day and weight),
        plan=plan,
        done=done,
        rest=rest,
        month=month,
        day=None if month is None else day_of(month, weights, wish.day, unit),
        ground=ground,
        rates_of=rates_of,
        indices=indices,
    )


async def _planned(session: Session, wish: Wish) -> Planned | None:
    month = wish.day.replace(day=1)
    place = await find_plan(session, wish.manager_id, month)
    if place is not None:
        terms = (await get_plan(session, place.plan_id)).terms
        node = Node(month=terms.number_of(month), seller=place.seller)
        amounts = []
        for measure in MEASURES:
            cells = Place(place.plan_id, place.number, measure)
            view = await read_node(
                session, terms, cells, node, None, against=None, after=-1, limit=1
            )
            amounts.append(terms.amount(measure, view.amount) if view.amount else None)
        aim = Aim(*amounts)
        if aim != Aim(None, None):
            return Planned("plan", aim, terms.currency, place.plan_id, place.number)
    targets = await find_targets(session, month)
    money = targets.get((str(wish.manager_id), "revenue"))
    sales = targets.get((str(wish.manager_id), "sales"))
    if money is None and sales is None:
        return None
    aim = Aim(None if money is None else money.value, None if sales is None else sales.value)
    return Planned("target", aim, None if money is None else money.currency)


async def _done(session: Session, wish: Wish, plan: Planned | None) -> Aim:
    """What the month has brought before the day, or before now where that is earlier."""
    begins_at = day_begin(wish.day.replace(day=1), wish.zone)
    ends_at = min(day_begin(wish.day, wish.zone), wish.now)
    if plan is None or ends_at <= begins_at:
        return Aim(Decimal(0), Decimal(0))
    facts = await facts_by_step(session, [begins_at, ends_at], "manager", str(wish.manager_id))
    of_currency = facts.get(plan.currency or "", {}).get(1)
    counted = facts.get("", {}).get(1)
    return Aim(
        Decimal(0) if of_currency is None else of_currency.money,
        Decimal(0) if counted is None else Decimal(counted.sales),
    )


async def _ground(
    session: Session, wish: Wish, plan: Planned | None
) -> tuple[Ground | None, Whose | None]:
    """The own closed leads of the last days; with too few sales, everybody's."""
    end = min(day_begin(wish.day, wish.zone), wish.now)
    stretch = Stretch(end - timedelta(days=RATE_DAYS), end)
    currency = None if plan is None else plan.currency
    owners: Sequence[tuple[UUID | None, Whose]] = ((wish.manager_id, "manager"), (None, "company"))
    for manager_id, owner in owners:
        ground = await read_ground(
            session,
            stretch,
            manager_id=manager_id,
            currency=currency,
            offer_stage=wish.offer_stage,
        )
        if ground.is_enough:
            return ground, owner
    return None, None


async def _indices(session: Session, wish: Wish) -> dict[int, float]:
    """How the company sells by weekday; nothing while the past is too short to tell."""
    today = min(wish.day, wish.now.astimezone(wish.zone).date())
    span = period(today - timedelta(days=SEASON_DAYS), today, wish.zone)
    past = PastWish(measure=Measure.QUANTITY, step="day", span=span)
    try:
        view = await read_past(session, past, now=wish.now)
    except InvalidError:
        return {}
    season = show_seasonality(view.past, ())
    if not season.enough:
        return {}
    return {item.place: item.value for item in season.indices if item.value is not None}
