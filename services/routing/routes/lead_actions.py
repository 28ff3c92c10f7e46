"""Routes of actions on a lead. Each needs `If-Match` and may carry an `Idempotency-Key`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header

from services.routing.domain.lead import Lead
from services.routing.repository import inquiries
from services.routing.repository.leads import read_lead, siblings_of
from services.routing.schemas.fields import Body
from services.routing.schemas.leads import (
    AcceptBody,
    LeadOut,
    LostBody,
    ReasonBody,
    ReassignBody,
    StageBody,
    WonBody,
    lead_out,
)
from services.routing.use_cases import idempotency, lead_actions
from services.routing.use_cases.errors import NotPossibleError, StaleVersionError
from services.routing.use_cases.lead_actions import LeadAction
from services.routing.use_cases.reassign import reassign
from shared.database import Database, Session, reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, IfMatch, Now
from shared.web.tokens import Caller

router = APIRouter(tags=["leads"])
Worker = Annotated[Caller, Depends(Allow("supervisor", "manager"))]
Supervisor = Annotated[Caller, Depends(Allow("supervisor"))]
RepeatKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
Act = Callable[[Session, LeadAction], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """What every action has besides its lead and its body."""

    caller: Caller
    database: Database
    now: datetime
    version: int
    key: str | None


def _worker_request(
    caller: Worker, database: DatabaseOf, now: Now, version: IfMatch, key: RepeatKey = None
) -> Request:
    return Request(caller, database, now, version, key)


def _supervisor_request(
    caller: Supervisor, database: DatabaseOf, now: Now, version: IfMatch, key: RepeatKey = None
) -> Request:
    return Request(caller, database, now, version, key)


Work = Annotated[Request, Depends(_worker_request)]
Oversight = Annotated[Request, Depends(_supervisor_request)]


async def _lead_out(session: Session, lead: Lead) -> LeadOut:
    inquiries_by_lead = await inquiries.of_leads(session, [lead.lead_id])
    siblings = await siblings_of(session, [lead.lead_id])
    return lead_out(lead, inquiries_by_lead[lead.lead_id], siblings.get(lead.lead_id, []))


async def _do(request: Request, lead_id: UUID, verb: str, body: Body, act: Act) -> LeadOut:
    """Carry out the action and return the lead; a repeat under its key gets the same answer."""
    caller = request.caller
    action = LeadAction(lead_id, request.version, caller.actor, caller.manager_id, request.now)
    try:
        async with transaction(request.database) as session:
            return await _once(session, action, request.key, verb=verb, body=body, act=act)
    except (StaleVersionError, NotPossibleError) as error:
        async with reading(request.database) as session:
            lead = await lead_actions.visible_lead(session, lead_id, manager_id=caller.manager_id)
            error.extra["lead"] = (await _lead_out(session, lead)).model_dump(mode="json")
        raise


async def _once(
    session: Session, action: LeadAction, key: str | None, *, verb: str, body: Body, act: Act
) -> LeadOut:
    digest = idempotency.digest(
        verb, str(action.lead_id), str(action.version), body.model_dump_json()
    )
    if key is not None:
        answer = await idempotency.find_answer(session, actor=action.actor, key=key, request=digest)
        if answer is not None:
            return LeadOut.model_validate_json(answer)
    await act(session, action)
    lead = await read_lead(session, action.lead_id)
    assert lead is not None
    result = await _lead_out(session, lead)
    if key is not None:
        await idempotency.keep_answer(
            session,
            actor=action.actor,
            key=key,
            request=digest,
            answer=result.model_dump_json(),
            now=action.now,
        )
    return result


@router.post("/v1/leads/{lead_id}/accept")
async def accept_lead(request: Work, lead_id: UUID, body: AcceptBody | None = None) -> LeadOut:
    """The owner takes the lead on."""
    return await _do(request, lead_id, "accept", body or AcceptBody(), lead_actions.accept)


@router.post("/v1/leads/{lead_id}/decline")
async def decline_lead(request: Work, lead_id: UUID, body: ReasonBody | None = None) -> LeadOut:
    """The owner does not want a lead that they have not accepted."""
    request_body = body or ReasonBody()

    async def act(session: Session, action: LeadAction) -> None:
        await lead_actions.decline(session, action, reason=request_body.reason)

    return await _do(request, lead_id, "decline", request_body, act)


@router.post("/v1/leads/{lead_id}/return")
async def return_lead(request: Work, lead_id: UUID, body: ReasonBody | None = None) -> LeadOut:
    """The owner gives an accepted lead back."""
    request_body = body or ReasonBody()

    async def act(session: Session, action: LeadAction) -> None:
        await lead_actions.give_up(session, action, reason=request_body.reason)

    return await _do(request, lead_id, "return", request_body, act)


@router.post("/v1/leads/{lead_id}/stage")
async def move_lead(request: Work, lead_id: UUID, body: StageBody) -> LeadOut:
    """The lead moves to a stage of its pipeline."""

    async def act(session: Session, action: LeadAction) -> None:
        await lead_actions.move_to_stage(session, action, stage=body.stage)

    return await _do(request, lead_id, "stage", body, act)


@router.post("/v1/leads/{lead_id}/won")
async def win_lead(request: Work, lead_id: UUID, body: WonBody) -> LeadOut:
    """The customer bought."""

    async def act(session: Session, action: LeadAction) -> None:
        await lead_actions.win(session, action, amount=body.amount, currency=body.currency)

    return await _do(request, lead_id, "won", body, act)


@router.post("/v1/leads/{lead_id}/lost")
async def lose_lead(request: Work, lead_id: UUID, body: LostBody) -> LeadOut:
    """The customer did not buy."""

    async def act(session: Session, action: LeadAction) -> None:
        await lead_actions.lose(session, action, loss_reason=body.loss_reason)

    return await _do(request, lead_id, "lost", body, act)


@router.post("/v1/leads/{lead_id}/reassign")
async def reassign_lead(request: Oversight, lead_id: UUID, body: ReassignBody) -> LeadOut:
    """A supervisor names the owner; 409 when the manager's capacity does not hold the lead."""

    async def act(session: Session, action: LeadAction) -> None:
        await reassign(session, action, manager_id=body.manager_id, reason=body.reason)

    return await _do(request, lead_id, "reassign", body, act)
