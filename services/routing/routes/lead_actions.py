"""Routes of actions on a lead. Each needs `If-Match` and may carry an `Idempotency-Key`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request

from services.routing.repository.leads import get_lead
from services.routing.routes.leads import leads_out
from services.routing.schemas.leads import (
    AcceptIn,
    LeadOut,
    LostIn,
    NextActionIn,
    ReasonIn,
    ReassignIn,
    ReopenIn,
    StageIn,
    WonIn,
)
from services.routing.use_cases import closing, idempotency, lead_actions
from services.routing.use_cases.erasure import forget_words
from services.routing.use_cases.errors import NotPossibleError, StaleVersionError
from services.routing.use_cases.lead_actions import LeadAction
from services.routing.use_cases.leases.late import explain, own_lead
from services.routing.use_cases.pipelines import next_actions
from services.routing.use_cases.pipelines.revive import reopen
from services.routing.use_cases.pipelines.stage_changes import move_to_stage
from services.routing.use_cases.reassign import reassign
from shared.database import Database, Session, reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, IfMatch, Now
from shared.web.fields import Body
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

router = APIRouter(prefix="/v1/leads/{lead_id}", tags=["leads"])
MAY_WORK_LEADS = Allow("supervisor", "manager")
MAY_REASSIGN_LEADS = Allow("supervisor")
Worker = Annotated[Caller, Depends(MAY_WORK_LEADS)]
Supervisor = Annotated[Caller, Depends(MAY_REASSIGN_LEADS)]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)
]
Act = Callable[[Session, LeadAction], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """What every request for an action has besides its caller and its body."""

    http: Request
    lead_id: UUID
    database: DatabaseOf
    now: Now
    version: IfMatch
    audit: Audit
    key: IdempotencyKey = None


ActionOn = Annotated[ActionRequest, Depends()]


async def _perform(request: ActionRequest, caller: Caller, body: Body, act: Act) -> LeadOut:
    """Carry out the action and return the lead; a repeat under its key gets the same answer."""
    action = LeadAction(
        request.lead_id, request.version, caller.actor, caller.manager_id, request.now
    )
    # The path names the action and its lead.
    digest = idempotency.digest(request.http.url.path, str(action.version), body.model_dump_json())
    try:
        async with transaction(request.database) as session:
            lead_out = await once(session, action, act, key=request.key, digest=digest)
    except (StaleVersionError, NotPossibleError) as error:
        lead_out = await present_lead(request.database, action)
        async with reading(request.database) as session:
            await explain(session, error, action.lead_id, manager_id=caller.manager_id)
        request.audit.record("lead", [action.lead_id])
        error.extra["lead"] = lead_out.model_dump(mode="json")
        raise
    request.audit.record("lead", [action.lead_id])
    return lead_out


async def present_lead(database: Database, action: LeadAction) -> LeadOut:
    """The lead as it is, for somebody who was refused since it is not as they saw it. Raises
    LeaseEndedError where they have lost it since they were refused.
    """
    async with reading(database) as session:
        lead = await own_lead(session, action.lead_id, manager_id=action.manager_id)
        [lead_out] = await leads_out(session, [lead], now=action.now)
    return lead_out


async def once(
    session: Session, action: LeadAction, act: Act, *, key: str | None, digest: bytes
) -> LeadOut:
    """Carry out the action, and keep its answer under the key, if there is one."""
    if key is not None:
        answer = await idempotency.find_answer(session, actor=action.actor, key=key, request=digest)
        if answer is not None:
            return LeadOut.model_validate_json(answer)
    await act(session, action)
    lead = await get_lead(session, action.lead_id)
    if await forget_words(session, lead.contact_id):
        lead = await get_lead(session, action.lead_id)
    [lead_out] = await leads_out(session, [lead], now=action.now)
    if key is not None:
        await idempotency.keep_answer(
            session,
            actor=action.actor,
            key=key,
            request=digest,
            answer=lead_out.model_dump_json(),
            now=action.now,
        )
    return lead_out


@router.post("/accept")
async def accept_lead(caller: Worker, request: ActionOn, body: AcceptIn | None = None) -> LeadOut:
    """The owner takes the lead on."""
    body = body or AcceptIn()
    next_action = body.next_action.plan() if body.next_action else None
    act = partial(next_actions.accept, next_action=next_action)
    return await _perform(request, caller, body, act)


@router.post("/decline")
async def decline_lead(caller: Worker, request: ActionOn, body: ReasonIn | None = None) -> LeadOut:
    """The owner does not want a lead that they have not accepted."""
    body = body or ReasonIn()
    act = partial(lead_actions.decline, reason=body.reason)
    return await _perform(request, caller, body, act)


@router.post("/return")
async def return_lead(caller: Worker, request: ActionOn, body: ReasonIn | None = None) -> LeadOut:
    """The owner gives an accepted lead back."""
    body = body or ReasonIn()
    act = partial(lead_actions.return_lead, reason=body.reason)
    return await _perform(request, caller, body, act)


@router.post("/stage")
async def move_lead(caller: Worker, request: ActionOn, body: StageIn) -> LeadOut:
    """The lead moves to a stage of its pipeline; 422 names what the pipeline's terms lack."""
    act = partial(
        move_to_stage,
        stage=body.stage,
        particulars=body.particulars(),
        pipeline_version=body.pipeline_version,
    )
    return await _perform(request, caller, body, act)


@router.post("/next-action")
async def plan_lead(caller: Worker, request: ActionOn, body: NextActionIn) -> LeadOut:
    """What the owner does next about the lead, and by when; nulls clear it."""
    act = partial(next_actions.set_next_action, next_action=body.plan())
    return await _perform(request, caller, body, act)


@router.post("/won")
async def win_lead(caller: Worker, request: ActionOn, body: WonIn) -> LeadOut:
    """The customer bought."""
    act = partial(closing.win, particulars=body.particulars())
    return await _perform(request, caller, body, act)


@router.post("/lost")
async def lose_lead(caller: Worker, request: ActionOn, body: LostIn) -> LeadOut:
    """The customer did not buy."""
    act = partial(closing.lose, loss_reason=body.loss_reason, particulars=body.particulars())
    return await _perform(request, caller, body, act)


@router.post("/reopen")
async def reopen_lead(caller: Worker, request: ActionOn, body: ReopenIn) -> LeadOut:
    """A lead that was won or lost is open again: with its owner if there is room, else it waits.
    409 names another lead of the contact that waits in the pipeline.
    """
    next_action = body.next_action.plan() if body.next_action else None
    act = partial(reopen, reason=body.reason, next_action=next_action)
    return await _perform(request, caller, body, act)


@router.post("/reassign")
async def reassign_lead(caller: Supervisor, request: ActionOn, body: ReassignIn) -> LeadOut:
    """A supervisor names the owner; 409 when the manager's capacity does not hold the lead."""
    act = partial(reassign, manager_id=body.manager_id, reason=body.reason)
    return await _perform(request, caller, body, act)
