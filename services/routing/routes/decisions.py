"""Routes about decisions: why a lead has its owner, whether that can be computed again, and what
would become of a backlog now.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query

from services.routing.domain.deciding.sentences import Language
from services.routing.repository import decisions
from services.routing.schemas.decisions import (
    DecisionOut,
    PreviewOut,
    VerdictOut,
    decision_out,
    preview_out,
    verdict_out,
)
from services.routing.schemas.fields import KEY_PATTERN
from services.routing.use_cases import explain
from services.routing.use_cases.lead_actions import visible_lead
from services.routing.use_cases.preview import preview_backlog
from shared.database import reading
from shared.errors import ForbiddenError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.read_audit import Reads
from shared.web.tokens import Caller

router = APIRouter(tags=["decisions"])
MAY_READ_DECISIONS = Allow("supervisor", "manager")
MAY_VERIFY_DECISIONS = MAY_PREVIEW = Allow("supervisor")
Reader = Annotated[Caller, Depends(MAY_READ_DECISIONS)]


def _language(lang: Language | None, accepted: str | None) -> Language:
    """The language asked for, else the first of ours that the browser names, else English."""
    if lang is not None:
        return lang
    for part in (accepted or "").split(","):
        match part.split(";")[0].strip().lower()[:2]:
            case "ru":
                return "ru"
            case "en":
                return "en"
    return "en"


@router.get("/v1/leads/{lead_id}/decisions", dependencies=[Depends(Reads("decisions", "lead_id"))])
async def list_decisions(
    *,
    caller: Reader,
    database: DatabaseOf,
    lead_id: UUID,
    lang: Language | None = None,
    detail: bool = False,
    accept_language: Annotated[str | None, Header(max_length=400)] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[DecisionOut]:
    """Why the lead has its owner, or none: newest first, each in a sentence of Russian or English
    (`lang`, else the language that the browser asks for). With `detail` also what became of each
    candidate, which is for supervisors.
    """
    if detail and caller.manager_id is not None:
        raise ForbiddenError("What is known of colleagues is for supervisors.")
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        await visible_lead(session, lead_id, manager_id=caller.manager_id)
        records = await decisions.list_decisions(session, lead_id, before=before, limit=limit)
        explanations = await explain.explain_decisions(
            session,
            records,
            language=_language(lang, accept_language),
            reader_id=caller.manager_id,
        )
    items = [decision_out(item, detail=detail) for item in explanations]
    return page(items, limit=limit, key=lambda item: item.decision_id)


@router.post("/v1/decisions/{decision_id}/verify", dependencies=[Depends(MAY_VERIFY_DECISIONS)])
async def verify_decision(database: DatabaseOf, decision_id: UUID) -> VerdictOut:
    """Compute the decision again from its record and compare the owner."""
    async with reading(database) as session:
        verdict = await explain.verify(session, decision_id)
    return verdict_out(verdict)


@router.post("/v1/pools/{key}/backlog/preview", dependencies=[Depends(MAY_PREVIEW)])
async def preview(
    database: DatabaseOf, now: Now, key: Annotated[str, Path(pattern=KEY_PATTERN)]
) -> PreviewOut:
    """Who would get a pool's waiting leads now, the first 500 of its queue; nothing is done."""
    async with reading(database) as session:
        backlog = await preview_backlog(session, key, now=now)
    return preview_out(backlog)
