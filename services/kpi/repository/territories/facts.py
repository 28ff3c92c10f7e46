"""What is known of territories, in its versions."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from services.kpi.domain.lines.versions import LineVersion
from services.kpi.domain.territories.facts import FactKind, TerritoryFact
from services.kpi.repository.lines import Ledger
from services.kpi.repository.territories.territories import LOCK
from services.kpi.tables.territories import territory_fact
from shared.database import Session

# Of each kind and product the last that was true on the day.
_ON: Final = """
SELECT DISTINCT ON (kind, product) * FROM territory_fact
WHERE territory_id = :territory_id AND day <= CAST(:day AS date) AND is_latest
    AND value IS NOT NULL
ORDER BY kind, product, day DESC
LIMIT :limit
"""


def _fact(kind: str, **parts: Any) -> TerritoryFact:
    return TerritoryFact(kind=FactKind(kind), **parts)


FACTS: Final = Ledger(
    noun="fact",
    table=territory_fact,
    line=_fact,
    fields=TerritoryFact._fields,
    key=("fact_id",),
    value="value",
    lock=LOCK,
)


async def list_of(
    session: Session, territory_id: UUID, *, limit: int
) -> list[LineVersion[TerritoryFact]]:
    """What is told of it and not taken back, the latest day first."""
    fact = territory_fact.c
    query = (
        select(territory_fact)
        .where(fact.territory_id == territory_id, fact.is_latest, fact.value.is_not(None))
        .order_by(fact.day.desc(), fact.fact_id)
        .limit(limit)
    )
    return [FACTS.version_of(row) for row in await session.execute(query)]


async def list_on(
    session: Session, territory_id: UUID, day: date, *, limit: int
) -> list[LineVersion[TerritoryFact]]:
    """What was true on a day: of each kind and product the last that is told of it."""
    parameters = {"territory_id": territory_id, "day": day, "limit": limit}
    return [FACTS.version_of(row) for row in await session.execute(_ON, parameters)]
