"""One action on many leads, each in a transaction of its own."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends

from services.routing.domain.pipelines import Particulars
from services.routing.routes.lead_actions import Act, IdempotencyKey, once, present_lead
from services.routing.schemas.bulk import BulkIn, BulkOut, BulkResult, bulk_out
from services.routing.schemas.leads import LeadOut
from services.routing.use_cases import closing, idempotency, lead_actions
from services.routing.use_cases.errors import NotPossibleError, StaleVersionError
from services.routing.use_cases.lead_actions import LeadAction
from services.routing.use_cases.pipelines import next_actions
from services.routing.use_cases.pipelines.stage_changes import move_to_stage
from services.routing.use_cases.reassign import reassign
from shared.database import Database, transaction
from shared.errors import ForbiddenError, Kind, ServiceError
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
from shared.web.problems import STATUS_OF, problem_document
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

router = APIRouter(tags=["leads"])
MAY_WORK_LEADS = Allow("supervisor", "manager")
Worker = Annotated[Caller, Depends(MAY_WORK_LEADS)]
_PATH = "/v1/leads/bulk"
# What is wrong with one lead; anything else is wrong with us, and ends the request.
_OF_ITEMS = {Kind.INVALID, Kind.NOT_FOUND, Kind.CONFLICT, Kind.FORBIDDEN}


@router.post(_PATH)
async def act_on_many(
    *,
    caller: Worker,
    body: BulkIn,
    database: DatabaseOf,
    now: Now,
    audit: Audit,
    key: IdempotencyKey = None,
) -> BulkOut:
    """Accept, return, move, reassign or lose up to 200 leads. Each has its own result. Under the
    same key what was done is not done again; what was refused is tried again.
    """
    body.require_fitting()
    if body.action == "reassign" and caller.manager_id is not None:
        raise ForbiddenError("Only a supervisor reassigns leads.")
    act = _act(body)
    digest = idempotency.digest(_PATH, body.model_dump_json())
    if key is not None:
        async with transaction(database) as session:
            answer = await idempotency.find_answer(
                session, actor=caller.actor, key=key, request=digest
            )
            if answer is None:
                await idempotency.keep_answer(
                    session, actor=caller.actor, key=key, request=digest, answer="{}", now=now
                )
    results = []
    for item in body.items:
        action = LeadAction(item.lead_id, item.version, caller.actor, caller.manager_id, now)
        item_key = None if key is None else f"{key}\x1f{item.lead_id}"
        results.append(await _result(database, action, act, key=item_key, digest=digest))
    audit.record("leads", [result.lead_id for result in results if result.lead is not None])
    return bulk_out(results)


def _act(body: BulkIn) -> Act:
    next_action = body.next_action.plan() if body.next_action else None
    particulars = Particulars(facts=body.facts or {}, next_action=next_action)
    match body.action:
        case "accept":
            return partial(next_actions.accept, next_action=next_action)
        case "return":
            return partial(lead_actions.return_lead, reason=body.reason)
        case "stage":
            return partial(move_to_stage, stage=body.stage or "", particulars=particulars)
        case "lost":
            return partial(
                closing.lose, loss_reason=body.loss_reason or "", particulars=particulars
            )
    assert body.manager_id is not None
    return partial(reassign, manager_id=body.manager_id, reason=body.reason)


async def _result(
    database: Database, action: LeadAction, act: Act, *, key: str | None, digest: bytes
) -> BulkResult:
    try:
        try:
            async with transaction(database) as session:
                lead = await once(session, action, act, key=key, digest=digest)
            return BulkResult(lead_id=action.lead_id, status=200, lead=lead)
        except (StaleVersionError, NotPossibleError) as error:
            return _refused(action, error, lead=await present_lead(database, action))
    except ServiceError as error:
        if error.kind not in _OF_ITEMS:
            raise
        return _refused(action, error)


def _refused(action: LeadAction, error: ServiceError, lead: LeadOut | None = None) -> BulkResult:
    return BulkResult(
        lead_id=action.lead_id,
        status=STATUS_OF[error.kind],
        lead=lead,
        problem=problem_document(error),
    )
