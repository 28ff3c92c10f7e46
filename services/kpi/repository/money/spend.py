"""Rows of spend: versions that are only added, the latest of each, and sums for reports."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, tuple_

from services.kpi.domain.spend.lines import SpendLine
from services.kpi.tables.money import spend
from shared.database import Row, Session
from shared.statements import columns

# Versions are counted by whoever holds this until the commit.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('leadflow:kpi:spend'))"
_FIELDS: Final = (
    "spend_id, version, day, source_key, ad_channel, campaign, amount, currency, author,"
    " recorded_at"
)
_LATEST: Final = f"""
SELECT {_FIELDS} FROM spend WHERE spend_id = ANY(CAST(:ids AS uuid[])) AND is_latest
"""
_VERSIONS: Final = f"SELECT {_FIELDS} FROM spend WHERE spend_id = :id ORDER BY version DESC"
_OUTDATE: Final = """
UPDATE spend SET is_latest = false WHERE spend_id = ANY(CAST(:ids AS uuid[])) AND is_latest
"""
_ADD: Final = f"""
INSERT INTO spend ({_FIELDS}, is_latest)
SELECT id, version, day, source_key, ad_channel, campaign, amount, currency, :author,
    CAST(:recorded_at AS timestamptz), true
FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[]), CAST(:days AS date[]),
    CAST(:sources AS text[]), CAST(:channels AS text[]), CAST(:campaigns AS text[]),
    CAST(:amounts AS numeric[]), CAST(:currencies AS text[]))
    AS n(id, version, day, source_key, ad_channel, campaign, amount, currency)
"""
# The versions, and those that they take the place of.
_ADD_TO_SUMS: Final = """
INSERT INTO spend_sum (unit, begins, source_key, ad_channel, campaign, currency, known_in, lines,
    amount)
SELECT unit, CAST(date_trunc(unit, CAST(day AS timestamp)) AS date), source, channel, name,
    currency,
    CAST(date_trunc('month', CAST(:recorded_at AS timestamptz) AT TIME ZONE 'UTC') AS date),
    sum(sign), sum(sign * amount)
FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[])) AS n (id, added)
    CROSS JOIN LATERAL (VALUES (added, 1), (added - 1, -1)) AS v (number, sign)
    JOIN spend ON spend_id = id AND version = number
    CROSS JOIN LATERAL (VALUES ('month', source_key, ad_channel, campaign), ('day', '', '', ''))
        AS u (unit, source, channel, name)
WHERE amount IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT (unit, begins, source_key, ad_channel, campaign, currency, known_in) DO UPDATE
SET lines = spend_sum.lines + excluded.lines, amount = spend_sum.amount + excluded.amount
"""
_COLUMNS: Final = "ids versions days sources channels campaigns amounts currencies"


@dataclass(frozen=True, slots=True)
class SpendVersion:
    """What was told of a day and a campaign; `amount` is None when that was deleted."""

    spend_id: UUID
    version: int
    day: date
    source_key: str
    ad_channel: str
    campaign: str
    amount: Decimal | None
    currency: str
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class SpendFilter:
    """Conditions on spend; None is no condition, `end` is exclusive."""

    first: date | None = None
    end: date | None = None
    source_key: str | None = None
    ad_channel: str | None = None
    campaign: str | None = None


def _version(row: Row) -> SpendVersion:
    return SpendVersion(**row)


async def lock_spend(session: Session) -> None:
    await session.execute(_LOCK)


async def list_latest(session: Session, ids: Collection[UUID]) -> dict[UUID, SpendVersion]:
    """The latest versions by id, deleted ones included."""
    rows = await session.execute(_LATEST, {"ids": sorted(ids)})
    return {row["spend_id"]: _version(row) for row in rows}


async def list_versions(session: Session, spend_id: UUID) -> list[SpendVersion]:
    """All versions, the latest first."""
    return [_version(row) for row in await session.execute(_VERSIONS, {"id": spend_id})]


async def add_versions(
    session: Session,
    lines: Sequence[tuple[SpendLine, int, Decimal | None]],
    *,
    author: str,
    now: datetime,
) -> None:
    """Add lines with their versions and amounts; an amount of None deletes."""
    if not lines:
        return
    rows = [
        (line.spend_id, version, line.day, line.source_key, line.ad_channel, line.campaign, amount,
         line.currency)
        for line, version, amount in lines
    ]  # fmt: skip
    parameters: dict[str, Any] = dict(columns(_COLUMNS, rows))
    await session.execute(_OUTDATE, {"ids": parameters["ids"]})
    parameters |= {"author": author, "recorded_at": now}
    await session.execute(_ADD, parameters)
    await session.execute(_ADD_TO_SUMS, parameters)


async def list_spend(
    session: Session,
    criteria: SpendFilter,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[SpendVersion]:
    """What is recorded and not deleted, the latest day first, one more than `limit`."""
    place = tuple_(spend.c.day, spend.c.spend_id)
    conditions: list[Any] = [spend.c.is_latest, spend.c.amount.is_not(None)]
    if after is not None:
        conditions.append(place < after)
    if criteria.first is not None:
        conditions.append(spend.c.day >= criteria.first)
    if criteria.end is not None:
        conditions.append(spend.c.day < criteria.end)
    for name in ("source_key", "ad_channel", "campaign"):
        value = getattr(criteria, name)
        if value is not None:
            conditions.append(spend.c[name] == value)
    shown_columns = [spend.c[name] for name in _FIELDS.split(", ")]
    query = select(*shown_columns).where(*conditions).order_by(place.desc()).limit(limit + 1)
    return [_version(row) for row in await session.execute(query)]
