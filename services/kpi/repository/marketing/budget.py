"""Versions of budgets: each is kept, with who told it and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from services.kpi.domain.marketing.budget import BudgetLine
from shared.database import Row, Session
from shared.statements import columns

# Versions are counted by whoever holds this until the commit.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('leadflow:kpi:budget'))"
_FIELDS: Final = "month, ad_channel, currency, version, amount, author, recorded_at"
_PLACES: Final = (
    "unnest(CAST(:months AS date[]), CAST(:channels AS text[]), CAST(:currencies AS text[]))"
    " AS n (month, ad_channel, currency)"
)
_LATEST: Final = f"""
SELECT budget.* FROM {_PLACES} JOIN budget USING (month, ad_channel, currency) WHERE is_latest
"""
_OUTDATE: Final = f"""
UPDATE budget SET is_latest = false FROM {_PLACES}
WHERE budget.month = n.month AND budget.ad_channel = n.ad_channel
    AND budget.currency = n.currency AND is_latest
"""
_ADD: Final = f"""
INSERT INTO budget ({_FIELDS}, is_latest)
SELECT month, ad_channel, currency, version, amount, :author, CAST(:recorded_at AS timestamptz),
    true
FROM unnest(CAST(:months AS date[]), CAST(:channels AS text[]), CAST(:currencies AS text[]),
    CAST(:amounts AS numeric[]), CAST(:versions AS integer[]))
    AS n (month, ad_channel, currency, amount, version)
"""


@dataclass(frozen=True, slots=True)
class BudgetVersion:
    """What was told of a month and a channel, by whom and when."""

    line: BudgetLine
    version: int
    author: str
    recorded_at: datetime


async def lock_budget(session: Session) -> None:
    await session.execute(_LOCK)


async def list_latest(
    session: Session, lines: Sequence[BudgetLine]
) -> dict[tuple[date, str, str], BudgetVersion]:
    """The latest versions of these months and channels, those taken back included."""
    rows = await session.execute(_LATEST, columns("months channels currencies", _places(lines)))
    return {version.line.place: version for version in map(_version, rows)}


async def add_versions(
    session: Session, lines: Sequence[tuple[BudgetLine, int]], *, author: str, now: datetime
) -> None:
    """Add lines with their versions, which are the latest from now on."""
    if not lines:
        return
    places = _places([line for line, _ in lines])
    await session.execute(_OUTDATE, columns("months channels currencies", places))
    rows = [(*line, version) for line, version in lines]
    params: dict[str, Any] = dict(columns("months channels currencies amounts versions", rows))
    await session.execute(_ADD, params | {"author": author, "recorded_at": now})


async def list_budget(session: Session, first: date, end: date) -> list[BudgetLine]:
    """What is planned in these months, `end` excluded."""
    rows = await session.execute(
        f"SELECT {_FIELDS} FROM budget WHERE is_latest AND amount IS NOT NULL"
        " AND month >= :first AND month < :end ORDER BY month, ad_channel, currency",
        {"first": first, "end": end},
    )
    return [_line(row) for row in rows]


async def list_versions(
    session: Session, month: date, ad_channel: str, currency: str
) -> list[BudgetVersion]:
    """All versions, the latest first."""
    rows = await session.execute(
        f"SELECT {_FIELDS} FROM budget WHERE month = :month AND ad_channel = :ad_channel"
        " AND currency = :currency ORDER BY version DESC",
        {"month": month, "ad_channel": ad_channel, "currency": currency},
    )
    return [_version(row) for row in rows]


def _places(lines: Sequence[BudgetLine]) -> list[tuple[date, str, str]]:
    return [line.place for line in lines]


def _line(row: Row) -> BudgetLine:
    amount: Decimal | None = row.amount
    return BudgetLine(row.month, row.ad_channel, row.currency, amount)


def _version(row: Row) -> BudgetVersion:
    return BudgetVersion(_line(row), row.version, row.author, row.recorded_at)
