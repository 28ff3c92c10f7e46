"""Records what was spent on advertising, and takes it back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kpi.domain.lines.versions import told_twice
from services.kpi.domain.spend.lines import SpendLine
from services.kpi.repository.lines import lock
from services.kpi.repository.money.spend import SPEND
from services.kpi.use_cases.lines import Summary, get_line, put_lines, sum_money, take_back
from shared.database import Session
from shared.errors import InvalidError


async def put_spend(
    session: Session, lines: Sequence[SpendLine], *, author: str, now: datetime, dry_run: bool
) -> Summary:
    """Raises InvalidError when two lines are of the same day and campaign."""
    if twice := told_twice(line.spend_id for line in lines):
        raise InvalidError(
            "Two lines are of the same day and campaign.",
            errors=[(f"/lines/{place}", "stands above it already") for place in twice],
        )
    if not dry_run:
        await lock(session, SPEND.lock)
    totals = sum_money((line.currency, line.amount) for line in lines)
    return await put_lines(
        session, SPEND, lines, author=author, now=now, dry_run=dry_run, totals=totals
    )


async def delete_spend(session: Session, spend_id: UUID, *, author: str, now: datetime) -> None:
    """Take it back; its versions stay. Raises NotFoundError."""
    await lock(session, SPEND.lock)
    latest = await get_line(session, SPEND, (spend_id,))
    await take_back(session, SPEND, latest, author=author, now=now)
