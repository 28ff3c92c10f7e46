"""Records budgets of advertising, and sets what was spent beside them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.kpi.domain.marketing.budget import BudgetLine, BudgetState, state_of
from services.kpi.domain.periods import period
from services.kpi.repository.figures import take_snapshot
from services.kpi.repository.marketing import budget as rows
from services.kpi.repository.marketing.budget import BudgetVersion
from services.kpi.repository.money.relations import View, steps_of
from services.kpi.repository.money.spent import sum_spend
from services.kpi.use_cases.money.views import MOST_ROWS
from shared.database import Session
from shared.errors import InvalidError, NotFoundError

RECORDED, CORRECTED, UNCHANGED = "recorded", "corrected", "unchanged"
_UTC = ZoneInfo("UTC")  # spend is told by days, whatever their zone
_DIMENSIONS = ("month", "ad_channel")


@dataclass(frozen=True, slots=True)
class BudgetSummary:
    """How many lines were new, corrected or as they had been, and all amounts by currency."""

    recorded: int = 0
    corrected: int = 0
    unchanged: int = 0
    totals: dict[str, Decimal] = field(default_factory=dict)


async def put_budget(
    session: Session, lines: Sequence[BudgetLine], *, author: str, now: datetime, dry_run: bool
) -> BudgetSummary:
    """Record the lines: what is told as before adds nothing. With `dry_run` nothing is written.

    Raises InvalidError when two lines are of the same month and channel.
    """
    places = [line.place for line in lines]
    firsts = {place: number for number, place in reversed(list(enumerate(places)))}
    repeated = [number for number, place in enumerate(places) if firsts[place] != number]
    if repeated:
        raise InvalidError(
            "Two lines are of the same month and channel.",
            errors=[(f"/lines/{number}", "stands above it already") for number in repeated],
        )
    if not dry_run:
        await rows.lock_budget(session)
    latest = await rows.list_latest(session, lines)
    outcomes = Counter(_outcome(line, latest.get(line.place)) for line in lines)
    if not dry_run:
        additions = [
            (line, _next(latest.get(line.place)))
            for line in lines
            if _outcome(line, latest.get(line.place)) != UNCHANGED
        ]
        await rows.add_versions(session, additions, author=author, now=now)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line.currency] += line.amount or 0
    return BudgetSummary(**outcomes, totals=dict(totals))


def _next(latest: BudgetVersion | None) -> int:
    return 1 if latest is None else latest.version + 1


def _outcome(line: BudgetLine, latest: BudgetVersion | None) -> str:
    before = None if latest is None else latest.line.amount
    if before == line.amount:
        return UNCHANGED
    return RECORDED if before is None else CORRECTED


@dataclass(frozen=True, slots=True)
class BudgetRow:
    month: date
    ad_channel: str
    currency: str
    state: BudgetState


@dataclass(frozen=True, slots=True)
class BudgetTotal:
    """What all months and channels come to, in one currency."""

    planned: Decimal
    spent: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """`more` rows, of the latest months, were left out; the totals by currency are of all."""

    rows: list[BudgetRow]
    totals: dict[str, BudgetTotal]
    more: int


async def show_budget(session: Session, first: date, end: date, today: date) -> BudgetReport:
    """Plan and fact of each month, channel and currency that has either, `end` excluded."""
    await take_snapshot(session)
    view = View(period(first, end, _UTC))
    steps = steps_of(view.period, _DIMENSIONS)
    assert steps is not None
    sums = await sum_spend(session, view, _DIMENSIONS, {}) or {}
    spent = {
        (steps.days[part - 1], channel or "", currency): amount
        for (part, channel), amounts in sums.items()
        for currency, amount in amounts.items()
    }
    plan = {line.place: line for line in await rows.list_budget(session, first, end)}
    table = [
        BudgetRow(
            month,
            channel,
            currency,
            state_of(
                plan.get(place, BudgetLine(month, channel, currency, None)),
                spent.get(place, Decimal(0)),
                today,
            ),
        )
        for place in sorted(plan.keys() | spent.keys())
        for month, channel, currency in [place]
    ]
    return BudgetReport(table[:MOST_ROWS], _totals(table), max(0, len(table) - MOST_ROWS))


def _totals(table: Sequence[BudgetRow]) -> dict[str, BudgetTotal]:
    totals: dict[str, BudgetTotal] = {}
    nothing = BudgetTotal(Decimal(0), Decimal(0), Decimal(0))
    for row in table:
        total, state = totals.get(row.currency, nothing), row.state
        totals[row.currency] = BudgetTotal(
            total.planned + (state.planned or 0),
            total.spent + state.spent,
            total.due + (state.due or 0),
        )
    return totals


async def get_versions(
    session: Session, month: date, ad_channel: str, currency: str
) -> list[BudgetVersion]:
    """Every version, the latest first. Raises NotFoundError."""
    versions = await rows.list_versions(session, month, ad_channel, currency)
    if not versions:
        raise NotFoundError("There is no such budget.")
    return versions
