"""How the sources do. Only an admin sees their keys, some of which are secrets."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.intake.repository.watch import list_watched
from services.intake.schemas.source_health import SourceHealthsOut, source_health_out
from shared.database import reading
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf
from shared.web.tokens import Caller

router = APIRouter(tags=["sources"])


@router.get("/v1/source-health")
async def list_source_health(
    database: DatabaseOf, caller: Annotated[Caller, Depends(Allow("supervisor", "ops"))]
) -> SourceHealthsOut:
    """All sources as they were judged within the last minute: usual, learning, silent, refused."""
    async with reading(database) as session:
        rows = await list_watched(session)
    shows_key = caller.role == "admin"
    return SourceHealthsOut(items=[source_health_out(row, shows_key=shows_key) for row in rows])
