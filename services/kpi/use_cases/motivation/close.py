"""Closes a month: its statements are frozen, with the sales that they count."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.months import days_of, following, name_of_month
from services.kpi.domain.motivation.corrections import CORRECTIONS, CountedSale
from services.kpi.repository.motivation import facts as sold
from services.kpi.repository.motivation import statements as rows
from services.kpi.repository.motivation.changes import clear_marks
from services.kpi.repository.motivation.facts import OwnedSale
from services.kpi.repository.motivation.statements import FrozenStatement
from services.kpi.repository.motivation.targets import lock_motivation
from services.kpi.use_cases.money.completeness import require_told
from services.kpi.use_cases.motivation.errors import (
    EarlierMonthOpenError,
    MonthClosedError,
    MonthNotOverError,
)
from services.kpi.use_cases.motivation.months import read_book
from services.kpi.use_cases.motivation.restating import changes_in, check_all, corrections_of
from services.kpi.use_cases.motivation.schemes import list_paying
from services.kpi.use_cases.motivation.statements import PayStatement, live_statements
from shared.database import Session


async def close_month(
    session: Session, month: date, zone: ZoneInfo, *, actor: str, now: datetime
) -> list[PayStatement]:
    """Freeze what everybody is paid for a month. What changes of it later stands in the month after
    the last closed one. Raises MonthNotOverError, MonthClosedError, EarlierMonthOpenError,
    UnavailableError.
    """
    await lock_motivation(session)
    span = days_of(month, zone)
    if now < span.ends_at:
        raise MonthNotOverError("Days of this month are still to come.")
    last = await rows.find_last_closed(session)
    if last is not None and month <= last.month:
        raise MonthClosedError("This month is closed already, or a later one is.")
    if last is not None and month != following(last.month):
        name = name_of_month(following(last.month))
        raise EarlierMonthOpenError(f"{name} has to be closed first.")
    await require_told(session)
    # Nobody tells of sales meanwhile: what is kept is what is paid, and all that changed is seen.
    await check_all(session, month, now.date())
    sales = await sold.list_sales(session, span, who=None)
    book = await read_book(session, month, zone, sales=sales)
    corrections = await corrections_of(session, await changes_in(session, month))
    approved = await list_paying(session, month)
    statements = await live_statements(session, book, zone, approved, corrections)
    await rows.add_month(session, span, actor=actor, now=now)
    await rows.add_statements(session, [_frozen(item) for item in statements])
    await rows.add_counted(session, month, list(_counted(statements, sales)))
    await clear_marks(session)
    return statements


def _frozen(item: PayStatement) -> FrozenStatement:
    lines = item.statement.lines
    carried = sum((line.amount for line in lines if line.kind in CORRECTIONS), Decimal(0))
    return FrozenStatement(
        month=item.month,
        manager_id=item.manager_id,
        scheme_id=item.scheme.scheme_id,
        version=item.scheme.version,
        payout=item.statement.payout,
        carried=carried,
        facts=item.facts,
        lines=lines,
    )


def _counted(
    statements: Sequence[PayStatement], sales: Sequence[OwnedSale]
) -> Iterator[tuple[UUID, date, CountedSale]]:
    """What each statement counts: its own sales, and changes of those of earlier months."""
    by_manager = {item.manager_id: item for item in statements}
    for manager_id, sale, currency in sales:
        item = by_manager.get(manager_id)
        if item is not None and currency in {None, item.facts.currency}:
            one = CountedSale(sale.sale_id, sale.lead_id, sale.product, 1, sale.amount)
            yield manager_id, item.month, one
    for item in statements:
        for correction in item.corrections:
            assert correction.line.month is not None
            for change in correction.changes:
                yield item.manager_id, correction.line.month, change
