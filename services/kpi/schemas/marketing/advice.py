"""Advice on a budget as it is shown: what is known of each channel, and what follows."""

from fractions import Fraction
from typing import Self

from pydantic import BaseModel

from services.kpi.domain.marketing.curves import LEAST_MONTHS, Lack
from services.kpi.domain.months import name_of_month
from services.kpi.domain.sales.returns import money_of
from services.kpi.use_cases.marketing.advice import BudgetAdvice, ChannelAdvice
from shared.contracts.inquiry import Amount


class ResponseCurveOut(BaseModel):
    """`result = scale · spend ** elasticity`: by so many percent the result grows for a percent of
    spend. The elasticity lies between `low` and `high` with 80 %.
    """

    scale: float
    elasticity: float
    low: float
    high: float


class ChannelAdviceOut(BaseModel):
    """`spent` was spent in the last month; `suggested` instead of it, with 80 % between
    `suggested_low` and `suggested_high`, which are null where draws of the months too rarely tell.
    `months` say something, of `months_needed`; `lack` says why there is no curve.
    """

    ad_channel: str
    months: int
    months_needed: int
    lack: Lack | None
    curve: ResponseCurveOut | None
    spent: Amount
    suggested: Amount | None
    suggested_low: Amount | None
    suggested_high: Amount | None

    @classmethod
    def of(cls, item: ChannelAdvice, currency: str | None) -> Self:
        curve, shift = item.fit.curve, item.shift
        low = high = None
        if shift is not None and shift.low is not None and shift.high is not None:
            low, high = (_money(value, currency) for value in (shift.low, shift.high))
        return cls(
            ad_channel=item.ad_channel,
            months=item.fit.months,
            months_needed=LEAST_MONTHS,
            lack=item.fit.lack,
            curve=None
            if curve is None
            else ResponseCurveOut(
                scale=curve.scale, elasticity=curve.elasticity, low=curve.low, high=curve.high
            ),
            spent=item.present,
            suggested=item.suggested,
            suggested_low=low,
            suggested_high=high,
        )


class AdviceOut(BaseModel):
    """`total` is what is moved of the spend of `month`, the last one with any. The results are
    of a month and of the channels that are moved. `missing`: `not_enough_data` where fewer than two
    channels have curves; the rows say what each lacks.
    """

    currency: str | None
    month: str | None
    total: Amount
    present_result: float | None
    suggested_result: float | None
    missing: str | None
    rows: list[ChannelAdviceOut]

    @classmethod
    def of(cls, item: BudgetAdvice) -> Self:
        has = bool(item.advice.shifts)
        return cls(
            currency=item.currency,
            month=None if item.present is None else name_of_month(item.present),
            total=item.total,
            present_result=item.advice.present_result if has else None,
            suggested_result=item.advice.suggested_result if has else None,
            missing=None if has else "not_enough_data",
            rows=[ChannelAdviceOut.of(channel, item.currency) for channel in item.channels],
        )


def _money(value: float, currency: str | None) -> Amount:
    return money_of(Fraction(value), currency or "")
