"""Trying rules of pools before they are used."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Depends

from services.routing.domain.lead import DEFAULT_PIPELINE
from services.routing.repository.configuration import get_configuration
from services.routing.repository.recordings.facts import (
    RecordedLead,
    get_recorded_inquiry,
    get_recorded_lead,
    list_recorded_leads,
)
from services.routing.schemas.pool_trials import (
    PoolBatchTestIn,
    PoolBatchTestOut,
    PoolTestIn,
    PoolTestOut,
    pool_batch_test_out,
    pool_test_out,
)
from services.routing.use_cases.pools.try_rules import Question, try_on_leads, try_rules, with_draft
from shared.database import Session, reading
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
from shared.web.pagination import cursor_moment, cursor_number, decode_cursor, encode_cursor

router = APIRouter(prefix="/v1/pools/test", tags=["configuration"])
MAY_TRY_RULES = Depends(Allow("supervisor"))


async def _recorded(session: Session, body: PoolTestIn) -> RecordedLead | None:
    if body.lead_id is not None:
        return await get_recorded_lead(session, body.lead_id)
    if body.inquiry_id is not None:
        return await get_recorded_inquiry(session, body.inquiry_id)
    return None


def _question(body: PoolTestIn, lead: RecordedLead | None, now: datetime) -> Question:
    if lead is not None:
        source_pool = body.source_pool or lead.source_pool
        return Question(lead.facts(at=body.at), source_pool, lead.pipeline, lead.stage)
    assert body.facts is not None
    pipeline = body.pipeline or DEFAULT_PIPELINE
    return Question(body.facts.facts(body.at or now), body.source_pool, pipeline)


@router.post("", dependencies=[MAY_TRY_RULES])
async def try_pools(body: PoolTestIn, database: DatabaseOf, now: Now) -> PoolTestOut:
    """Which pool an inquiry would come to, why, and what its lead would weigh and need."""
    async with reading(database) as session:
        lead = await _recorded(session, body)
        configuration = await get_configuration(session)
    question = _question(body, lead, now)
    if question.pipeline not in configuration.pipelines:
        raise InvalidError("A pipeline is not known.", errors=[("/pipeline", "no such pipeline")])
    stage = question.stage or configuration.pipelines[question.pipeline].stages[0]
    rules = with_draft(configuration, [pool.pool() for pool in body.pools])
    return pool_test_out(try_rules(rules, question, stage=stage), recorded=lead is not None)


@router.post("/batch", dependencies=[MAY_TRY_RULES])
async def try_pools_on_leads(
    body: PoolBatchTestIn, database: DatabaseOf, now: Now
) -> PoolBatchTestOut:
    """How many of the leads of the last days would be in another pool than they are."""
    after = (now - timedelta(days=body.days), 0)
    if body.cursor is not None:
        number, at = decode_cursor(body.cursor, cursor_number, cursor_moment)
        after = (at, number)
    async with reading(database) as session:
        configuration = await get_configuration(session)
        leads = await list_recorded_leads(session, after=after, limit=body.limit)
    rules = with_draft(configuration, [pool.pool() for pool in body.pools])
    next_cursor = None
    if len(leads) == body.limit:
        next_cursor = encode_cursor(leads[-1].number, leads[-1].received_at.isoformat())
    return pool_batch_test_out(try_on_leads(rules, leads), next_cursor)
