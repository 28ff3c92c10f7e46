"""The proof that nothing is lost, on demand."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from services.intake.repository.reconciliation import find_result
from services.intake.schemas.reconciliation import ReconciliationOut
from services.intake.use_cases.peers import Peer
from services.intake.use_cases.reconcile import reconcile
from shared.database import transaction
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now

router = APIRouter(tags=["reconciliation"])
_MAY_READ = Depends(Allow("supervisor", "ops", "service"))


def _peers(request: Request) -> list[Peer | str]:
    peers: list[Peer | str] = request.app.state.peers
    return peers


@router.get("/v1/reconciliation", dependencies=[_MAY_READ])
async def read_reconciliation(
    request: Request,
    database: DatabaseOf,
    now: Now,
    peers: Annotated[list[Any], Depends(_peers)],
    *,
    latest: bool = False,
    whole: bool = False,
) -> ReconciliationOut:
    """Compute now; `latest` shows the last result instead, `whole` looks at all time."""
    if latest:
        async with transaction(database) as session:
            result = await find_result(session)
        if result is not None:
            return ReconciliationOut.model_validate(result)
    grace = timedelta(seconds=request.app.state.settings.grace_seconds)
    result = await reconcile(database, peers, now=now, grace=grace, whole=whole)
    return ReconciliationOut.model_validate(result)
