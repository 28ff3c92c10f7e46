"""The sales that a line of a statement comes of."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from services.kpi.domain.months import days_of
from services.kpi.domain.motivation.corrections import CORRECTIONS, CountedSale
from services.kpi.domain.motivation.explained import Part, parts_of
from services.kpi.domain.motivation.statements import SoldSale
from services.kpi.repository.motivation import facts as sold
from services.kpi.repository.motivation import statements as rows
from services.kpi.use_cases.motivation.restating import changes_of, parts_of_correction
from services.kpi.use_cases.motivation.statements import PayStatement
from shared.database import Session
from shared.errors import NotFoundError


async def explain_line(
    session: Session, item: PayStatement, number: int, zone: ZoneInfo
) -> list[Part]:
    """The sales that a line comes of, by id; they add up to it. Lines are counted from 1. Raises
    NotFoundError.
    """
    if not 1 <= number <= len(item.statement.lines):
        raise NotFoundError("There is no such line.")
    line = item.statement.lines[number - 1]
    if line.kind in CORRECTIONS:
        assert line.month is not None
        changes: Sequence[CountedSale]
        if item.closed_at is not None:
            counted = await rows.list_counted(session, item.month, item.manager_id, line.month)
            changes = changes_of(item.statement, number, counted)
        else:
            changes = next(one.changes for one in item.corrections if one.line is line)
        return parts_of_correction(line, changes, item.facts.currency)
    return parts_of(line, await _sales(session, item, zone), item.scheme.terms)


async def _sales(session: Session, item: PayStatement, zone: ZoneInfo) -> list[SoldSale]:
    """The sales that a statement counts."""
    if item.closed_at is not None:
        counted = await rows.list_counted(session, item.month, item.manager_id, item.month)
        return [SoldSale(one.sale_id, one.lead_id, one.product, one.amount) for one in counted]
    owned = await sold.list_sales(session, days_of(item.month, zone), who=[item.manager_id])
    return [one.sale for one in owned if one.currency in {None, item.facts.currency}]
