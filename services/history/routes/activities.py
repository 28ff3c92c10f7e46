"""Activities that managers report."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from services.history.schemas.activities import ActivityIn, ActivityOut
from services.history.use_cases import activities
from shared.database import transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
from shared.web.problems import problem_response
from shared.web.tokens import Caller

router = APIRouter(tags=["history"])
MAY_REPORT_ACTIVITIES = Depends(Allow("supervisor", "manager"))


@router.post(
    "/v1/activities",
    status_code=201,
    responses={202: {"model": ActivityOut}, 429: problem_response(429)},
)
async def record_activity(
    *,
    body: ActivityIn,
    response: Response,
    caller: Annotated[Caller, MAY_REPORT_ACTIVITIES],
    database: DatabaseOf,
    now: Now,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> ActivityOut:
    """Report a call, mail, message, meeting, note or task.

    202 while it waits to be confirmed: until its lead is known, and known as the reporter's. One
    that is not confirmed within a week is deleted; 429 when too many of one reporter wait.
    """
    if caller.manager_id is not None and body.owner_id not in {None, caller.manager_id}:
        raise InvalidError(
            "Only a supervisor gives a task to somebody else.",
            errors=[("/owner_id", "is not you")],
        )
    async with transaction(database) as session:
        activity = await activities.record_activity(
            session,
            body.report(),
            actor=caller.actor,
            manager_id=caller.manager_id,
            key=idempotency_key,
            now=now,
        )
    answer = ActivityOut.of(activity)
    if answer.unconfirmed:
        response.status_code = 202
    return answer
