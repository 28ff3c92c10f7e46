"""How the sources do, compared with their own past."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.intake.domain.watch import SourceHealth
from shared.database import Row


class SourceHealthOut(BaseModel):
    """`expected_since_last` is how many submissions should have come since `last_at`, by the
    `usual_a_week` of the source. `refusals` came since anything of it was taken.
    """

    source_id: UUID
    key: str | None
    adapter: str
    health: SourceHealth
    health_since: datetime | None
    last_at: datetime | None
    expected_since_last: float | None
    usual_a_week: float | None
    refusals: int
    refused_at: datetime | None


class SourceHealthsOut(BaseModel):
    items: list[SourceHealthOut]


def source_health_out(row: Row, *, shows_key: bool) -> SourceHealthOut:
    fallback = SourceHealth.LEARNING if row["enabled"] else SourceHealth.DISABLED
    return SourceHealthOut(
        source_id=row["source_id"],
        key=row["key"] if shows_key else None,
        adapter=row["adapter"],
        health=row["health"] or fallback,
        health_since=row["health_since"],
        last_at=row["last_at"],
        expected_since_last=row["expected"],
        usual_a_week=row["a_week"],
        refusals=row["refusals"],
        refused_at=row["refused_at"],
    )
