"""Versions of targets: only added, the latest of each is true."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, tuple_

from services.kpi.domain.motivation.targets import Target
from services.kpi.domain.motivation.terms import Measure
from services.kpi.tables.motivation import motivation_target
from shared.database import Session
from shared.statements import columns

# Versions are counted, and months closed, by whoever holds this until the commit.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('leadflow:kpi:motivation'))"
_FIELDS: Final = "target_id, version, month, subject, measure, value, currency, author, recorded_at"
_LATEST: Final = f"""
SELECT {_FIELDS} FROM motivation_target
WHERE target_id = ANY(CAST(:ids AS uuid[])) AND is_latest
"""
_VERSIONS: Final = f"""
SELECT {_FIELDS} FROM motivation_target WHERE target_id = :id ORDER BY version DESC
"""
_OF_MONTH: Final = """
SELECT subject, measure, value, currency FROM motivation_target
WHERE month = :month AND is_latest AND value IS NOT NULL
"""
_OUTDATE: Final = """
UPDATE motivation_target SET is_latest = false
WHERE target_id = ANY(CAST(:ids AS uuid[])) AND is_latest
"""
_ADD: Final = f"""
INSERT INTO motivation_target ({_FIELDS}, is_latest)
SELECT id, version, month, subject, measure, value, currency, :author,
    CAST(:recorded_at AS timestamptz), true
FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[]), CAST(:months AS date[]),
    CAST(:subjects AS text[]), CAST(:measures AS text[]), CAST(:amounts AS numeric[]),
    CAST(:currencies AS text[])) AS n(id, version, month, subject, measure, value, currency)
"""


@dataclass(frozen=True, slots=True)
class TargetVersion:
    """What was planned; `value` is None where that was deleted."""

    target_id: UUID
    version: int
    month: date
    subject: str
    measure: Measure
    value: Decimal | None
    currency: str
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class TargetFilter:
    """Conditions on targets; None is no condition, `end` is exclusive."""

    first: date | None = None
    end: date | None = None
    subject: str | None = None


async def lock_motivation(session: Session) -> None:
    await session.execute(_LOCK)


async def list_latest(session: Session, ids: Collection[UUID]) -> dict[UUID, TargetVersion]:
    """The latest versions by id, deleted ones included."""
    rows = await session.execute(_LATEST, {"ids": sorted(ids)})
    return {row["target_id"]: TargetVersion(**row) for row in rows}


async def list_versions(session: Session, target_id: UUID) -> list[TargetVersion]:
    """All versions, the latest first."""
    return [TargetVersion(**row) for row in await session.execute(_VERSIONS, {"id": target_id})]


async def find_targets(session: Session, month: date) -> dict[tuple[str, str], Target]:
    """The targets of a month by subject and measure."""
    rows = await session.execute(_OF_MONTH, {"month": month})
    return {(row.subject, row.measure): Target(month, **row) for row in rows}


async def add_versions(
    session: Session,
    versions: Sequence[tuple[Target, int, Decimal | None]],
    *,
    author: str,
    now: datetime,
) -> None:
    """Add targets with their versions and values; a value of None deletes."""
    if not versions:
        return
    rows = [
        (item.target_id, version, item.month, item.subject, item.measure, value, item.currency)
        for item, version, value in versions
    ]
    names = "ids versions months subjects measures amounts currencies"
    parameters: dict[str, Any] = dict(columns(names, rows))
    await session.execute(_OUTDATE, {"ids": parameters["ids"]})
    await session.execute(_ADD, {**parameters, "author": author, "recorded_at": now})


async def list_targets(
    session: Session,
    criteria: TargetFilter,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[TargetVersion]:
    """What is planned and not deleted, the latest month first, one more than `limit`."""
    target = motivation_target.c
    place = tuple_(target.month, target.target_id)
    conditions: list[Any] = [target.is_latest, target.value.is_not(None)]
    if after is not None:
        conditions.append(place < after)
    if criteria.first is not None:
        conditions.append(target.month >= criteria.first)
    if criteria.end is not None:
        conditions.append(target.month < criteria.end)
    if criteria.subject is not None:
        conditions.append(target.subject == criteria.subject)
    members = [target[name] for name in _FIELDS.split(", ")]
    query = select(*members).where(*conditions).order_by(place.desc()).limit(limit + 1)
    return [TargetVersion(**row) for row in await session.execute(query)]
