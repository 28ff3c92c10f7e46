"""Advice on a budget, from what channels cost and brought by month."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from services.kpi.domain.attribution import unit_of
from services.kpi.domain.marketing.advice import Advice, Shift, advise
from services.kpi.domain.marketing.curves import Fit, Month
from services.kpi.domain.months import following
from services.kpi.domain.periods import Period, day_begin
from services.kpi.domain.plan.shares import apportion
from services.kpi.domain.sales.returns import Figures
from services.kpi.use_cases.money.returns import ReturnsRow, show_returns
from services.kpi.use_cases.money.views import MoneyWish
from shared.database import Database, transaction
from shared.errors import InvalidError

Result = Literal["target", "leads", "sales", "amount"]


@dataclass(frozen=True, slots=True)
class ChannelAdvice:
    """What is advised for a channel: amounts of a month, in the advice's currency. `shift` is None
    where nothing is.
    """

    ad_channel: str
    fit: Fit
    present: Decimal
    suggested: Decimal | None
    shift: Shift | None


@dataclass(frozen=True, slots=True)
class BudgetAdvice:
    """`present` is the month whose spend is moved; `total` what of it can be."""

    currency: str | None
    present: date | None
    total: Decimal
    advice: Advice
    channels: list[ChannelAdvice]


async def show_advice(
    database: Database,
    wish: MoneyWish,
    result: Result,
    currency: str | None,
    *,
    seed: int,
    now: datetime,
) -> BudgetAdvice:
    """How the spend of the last month would best lie on the channels. Raises InvalidError where
    there is more to read than a report shows, or spend in several currencies and none is chosen.
    """
    async with transaction(database) as session:
        report = await show_returns(session, wish)
    if report.more:
        raise InvalidError(
            "The period has too many channels.", errors=[("/from", "lies too far back")]
        )
    rows = [row for row in report.rows if _is_whole(row.group["month"], wish.period, now)]
    chosen = currency or _only_currency([row.figures for row in rows])
    months, spends = _by_channel(rows, result, chosen)
    last = max((month for (month, _), spend in spends.items() if spend), default=None)
    present = {
        channel: Decimal(0) if last is None else spends.get((last, channel), Decimal(0))
        for channel, each in months.items()
        if any(month.spend for month in each)
    }
    # Two hundred draws take some tenths of a second: others are served meanwhile.
    advice = await asyncio.to_thread(
        advise,
        {channel: months[channel] for channel in present},
        {channel: float(spend) for channel, spend in present.items()},
        seed,
    )
    total, suggested = _suggested(advice, present, chosen)
    channels = [
        ChannelAdvice(
            channel, advice.fits[channel], spend, suggested.get(channel), advice.shifts.get(channel)
        )
        for channel, spend in sorted(present.items())
    ]
    return BudgetAdvice(chosen, last, total, advice, channels)


def _is_whole(month: date, span: Period, now: datetime) -> bool:
    """Whether all of the month lies in the period and is over."""
    until = min(span.ends_at, now)
    return span.first <= month and day_begin(following(month), span.zone) <= until


def _by_channel(
    rows: Sequence[ReturnsRow], result: Result, currency: str | None
) -> tuple[dict[str, list[Month]], dict[tuple[date, str], Decimal]]:
    """By channel what its months cost and brought, and the spend of each month and channel. What
    comes from no channel is nobody's.
    """
    months: dict[str, list[Month]] = defaultdict(list)
    spends: dict[tuple[date, str], Decimal] = {}
    for row in rows:
        channel = row.group["ad_channel"]
        if channel is not None:
            spend = (row.figures.spend or {}).get(currency or "", Decimal(0))
            spends[row.group["month"], channel] = spend
            months[channel].append(Month(float(spend), _result(row.figures, result, currency)))
    return months, spends


def _only_currency(figures: list[Figures]) -> str | None:
    currencies = {name for each in figures for name, amount in (each.spend or {}).items() if amount}
    if len(currencies) > 1:
        errors = [("/currency", f"is one of: {', '.join(sorted(currencies))}")]
        raise InvalidError("There is spend in several currencies.", errors=errors)
    return next(iter(currencies), None)


def _result(figures: Figures, result: Result, currency: str | None) -> float:
    if result == "amount":
        return float(figures.amounts.get(currency or "", Decimal(0)))
    value: Any = getattr(figures, result)
    return float(value)


def _suggested(
    advice: Advice, present: Mapping[str, Decimal], currency: str | None
) -> tuple[Decimal, dict[str, Decimal]]:
    """The total that is moved and its parts, which add up to it exactly."""
    names = sorted(advice.shifts)
    total = sum((present[name] for name in names), Decimal(0))
    if not names:
        return total, {}
    unit = unit_of(total, currency)
    weights = [max(0, round(advice.shifts[name].suggested / float(unit))) for name in names]
    parts = apportion(int(total / unit), weights)
    return total, {name: part * unit for name, part in zip(names, parts, strict=True)}
