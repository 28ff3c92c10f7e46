"""Versions of what is known of territories: only added, the latest of each is true."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, tuple_

from services.kpi.domain.territories.facts import FactKind, TerritoryFact
from services.kpi.tables.territories import territory_fact
from shared.database import Row, Session
from shared.statements import columns

_FIELDS: Final = (
    "fact_id, version, territory_id, kind, product, day, value, currency, source, author,"
    " recorded_at"
)
_LATEST: Final = f"""
SELECT {_FIELDS} FROM territory_fact WHERE fact_id = ANY(CAST(:ids AS uuid[])) AND is_latest
"""
_VERSIONS: Final = f"""
SELECT {_FIELDS} FROM territory_fact WHERE fact_id = :id ORDER BY version DESC
"""
# Of each kind and product the last that was true on the day.
_ON: Final = f"""
SELECT DISTINCT ON (kind, product) {_FIELDS} FROM territory_fact
WHERE territory_id = :territory_id AND day <= CAST(:day AS date) AND is_latest
    AND value IS NOT NULL
ORDER BY kind, product, day DESC
LIMIT :limit
"""
_OUTDATE: Final = """
UPDATE territory_fact SET is_latest = false
WHERE fact_id = ANY(CAST(:ids AS uuid[])) AND is_latest
"""
_ADD: Final = f"""
INSERT INTO territory_fact ({_FIELDS}, is_latest)
SELECT id, version, territory_id, kind, product, day, value, currency, source, :author,
    CAST(:recorded_at AS timestamptz), true
FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[]), CAST(:territories AS uuid[]),
    CAST(:kinds AS text[]), CAST(:products AS text[]), CAST(:days AS date[]),
    CAST(:amounts AS numeric[]), CAST(:currencies AS text[]), CAST(:sources AS text[]))
    AS n(id, version, territory_id, kind, product, day, value, currency, source)
"""
_COLUMNS: Final = "ids versions territories kinds products days amounts currencies sources"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactVersion:
    """What was told; `value` is None where that was taken back."""

    fact_id: UUID
    version: int
    territory_id: UUID
    kind: FactKind
    product: str
    day: date
    value: Decimal | None
    currency: str | None
    source: str
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class FactFilter:
    """Conditions on facts; None is no condition, `end` is exclusive."""

    territory_id: UUID | None = None
    kind: FactKind | None = None
    product: str | None = None
    first: date | None = None
    end: date | None = None


async def list_latest(session: Session, ids: Collection[UUID]) -> dict[UUID, FactVersion]:
    """The latest versions by id, those taken back included."""
    rows = await session.execute(_LATEST, {"ids": sorted(ids)})
    return {row["fact_id"]: _version(row) for row in rows}


async def list_versions(session: Session, fact_id: UUID) -> list[FactVersion]:
    """All versions, the latest first."""
    return [_version(row) for row in await session.execute(_VERSIONS, {"id": fact_id})]


async def list_on(
    session: Session, territory_id: UUID, day: date, *, limit: int
) -> list[FactVersion]:
    """What is known of a territory on a day: of each kind and product the last before it, or on
    it.
    """
    params = {"territory_id": territory_id, "day": day, "limit": limit}
    return [_version(row) for row in await session.execute(_ON, params)]


async def add_versions(
    session: Session,
    facts: Sequence[tuple[TerritoryFact, int, Decimal | None]],
    *,
    author: str,
    now: datetime,
) -> None:
    """Add facts with their versions and values; a value of None takes back."""
    if not facts:
        return
    rows = [
        (fact.fact_id, version, fact.territory_id, fact.kind, fact.product, fact.day, value,
         fact.currency, fact.source)
        for fact, version, value in facts
    ]  # fmt: skip
    params: dict[str, Any] = dict(columns(_COLUMNS, rows))
    await session.execute(_OUTDATE, {"ids": params["ids"]})
    await session.execute(_ADD, params | {"author": author, "recorded_at": now})


async def list_facts(
    session: Session, criteria: FactFilter, *, after: tuple[date, UUID] | None, limit: int
) -> list[FactVersion]:
    """What is told and not taken back, the latest day first, one more than `limit`."""
    table = territory_fact.c
    place = tuple_(table.day, table.fact_id)
    conditions: list[Any] = [table.is_latest, table.value.is_not(None)]
    if after is not None:
        conditions.append(place < after)
    if criteria.first is not None:
        conditions.append(table.day >= criteria.first)
    if criteria.end is not None:
        conditions.append(table.day < criteria.end)
    for name in ("territory_id", "kind", "product"):
        value = getattr(criteria, name)
        if value is not None:
            conditions.append(table[name] == value)
    named = [table[name] for name in _FIELDS.split(", ")]
    query = select(*named).where(*conditions).order_by(place.desc()).limit(limit + 1)
    return [_version(row) for row in await session.execute(query)]


def _version(row: Row) -> FactVersion:
    return FactVersion(**{**dict(row), "kind": FactKind(row.kind)})
