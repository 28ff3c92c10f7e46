"""What a manager's day needs, as it is shown."""

from datetime import date
from decimal import Decimal
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.kpi.domain.forecast.series import rounded
from services.kpi.domain.organisation.needs import WORK, Aim, Ground, Needs
from services.kpi.use_cases.organisation.day import DayView, Planned, Wish
from shared.contracts.inquiry import Amount

_DIGITS = 2


class AimOut(BaseModel):
    """Money in the plan's currency, and a number of sales; null where that is not planned."""

    model_config = ConfigDict(from_attributes=True)

    money: Amount | None
    sales: Amount | None


class PlannedOut(AimOut):
    """The month's aim: by the `version` of a plan that was approved last, else by the targets."""

    kind: Literal["plan", "target"]
    currency: str | None
    plan_id: UUID | None
    version: int | None

    @classmethod
    def of_planned(cls, plan: Planned) -> Self:
        return cls(
            money=plan.aim.money,
            sales=plan.aim.sales,
            kind=plan.kind,
            currency=plan.currency,
            plan_id=plan.plan_id,
            version=plan.version,
        )


class NeedsOut(BaseModel):
    """Null is what nothing tells: what a sale takes is not known yet, or no money is planned."""

    money: Amount | None
    sales: int | None
    leads: int | None
    offers: int | None
    calls: int | None
    mails: int | None
    messages: int | None
    meetings: int | None

    @classmethod
    def of(cls, needs: Needs) -> Self:
        work = {f"{kind}s": None if needs.work is None else needs.work[kind] for kind in WORK}
        return cls(
            money=needs.money, sales=needs.sales, leads=needs.leads, offers=needs.offers, **work
        )


class RatesOut(BaseModel):
    """Of the leads closed in the 90 days before, the last 2 000 of them: what each sale has taken,
    the work for those that were lost included.
    """

    whose: Literal["manager", "company"]
    leads: int
    sales: int
    average_check: Amount | None
    leads_per_sale: float
    offers_per_sale: float
    calls_per_sale: float
    mails_per_sale: float
    messages_per_sale: float
    meetings_per_sale: float

    @classmethod
    def of(cls, whose: Literal["manager", "company"], ground: Ground) -> Self:
        work = {
            f"{kind}s_per_sale": _short(ground.per_sale(ground.work.get(kind, 0))) for kind in WORK
        }
        return cls(
            whose=whose,
            leads=ground.leads,
            sales=ground.sales,
            average_check=None if ground.check is None else round(ground.check, _DIGITS),
            leads_per_sale=_short(ground.per_sale(ground.leads)),
            offers_per_sale=_short(ground.per_sale(ground.offers)),
            **work,
        )


def _short(value: Decimal) -> float:
    return float(rounded(float(value), _DIGITS))


class DayOut(BaseModel):
    """`plan` is null where nothing is planned for the month: then nothing is needed. `done` is what
    the month has brought before the day, `rest` what is missing, `month` what that needs from the
    day on and `needs` what of it falls to the day: days add up. `rates` is null while nobody has
    sold enough to tell.
    """

    manager_id: UUID
    day: date
    time_zone: str
    working_hours: float
    working_days_left: int
    plan: PlannedOut | None
    done: AimOut
    rest: AimOut
    month: NeedsOut | None
    needs: NeedsOut | None
    rates: RatesOut | None
    weekdays: dict[int, float]

    @classmethod
    def of(cls, wish: Wish, view: DayView) -> Self:
        rates = None
        if view.ground is not None and view.rates_of is not None:
            rates = RatesOut.of(view.rates_of, view.ground)
        return cls(
            manager_id=wish.manager_id,
            day=wish.day,
            time_zone=wish.zone.key,
            working_hours=round(view.seconds / 3600, _DIGITS),
            working_days_left=view.days_left,
            plan=None if view.plan is None else PlannedOut.of_planned(view.plan),
            done=_aim(view.done),
            rest=_aim(view.rest),
            month=None if view.month is None else NeedsOut.of(view.month),
            needs=None if view.day is None else NeedsOut.of(view.day),
            rates=rates,
            weekdays={place: round(value, 4) for place, value in view.indices.items()},
        )


def _aim(aim: Aim) -> AimOut:
    return AimOut.model_validate(aim)
