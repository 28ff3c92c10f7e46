"""The proof that nothing is lost, on demand."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from services.intake.repository import accounts
from services.intake.schemas.views import Conservation
from services.intake.use_cases import conservation
from services.intake.use_cases.neighbours import Neighbour
from shared.database import reading
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now

router = APIRouter(tags=["conservation"])
_READERS = Depends(Allow("supervisor", "ops", "service"))


def _neighbours(request: Request) -> list[Neighbour | str]:
    found: list[Neighbour | str] = request.app.state.neighbours
    return found


@router.get("/v1/conservation", dependencies=[_READERS])
async def read_conservation(
    request: Request,
    database: DatabaseOf,
    now: Now,
    neighbours: Annotated[list[Any], Depends(_neighbours)],
    *,
    latest: bool = False,
    whole: bool = False,
) -> Conservation:
    """Compute now; `latest` shows the last result instead, `whole` looks at all time."""
    if latest:
        async with reading(database) as session:
            found = await accounts.latest_result(session)
        if found is not None:
            return Conservation.model_validate(found)
    grace = timedelta(seconds=request.app.state.settings.grace_seconds)
    result = await conservation.compute(database, neighbours, now=now, grace=grace, whole=whole)
    return Conservation.model_validate(result)
