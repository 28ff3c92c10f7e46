"""Configuring pipelines, and measuring how leads went through them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from services.routing.repository.pipelines import pipelines as rows
from services.routing.schemas.fields import KEY_PATTERN
from services.routing.schemas.pipelines import (
    LeadConformanceOut,
    PipelineConformanceOut,
    PipelineIn,
    PipelineOut,
    PipelineReplacementIn,
    PipelineVersionOut,
    lead_conformance_out,
    pipeline_conformance_out,
    pipeline_out,
    version_out,
)
from services.routing.use_cases.lead_actions import visible_lead
from services.routing.use_cases.pipelines import conform
from services.routing.use_cases.pipelines.configure import put_pipeline, remove_pipeline
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, number_cursor, page
from shared.web.ranges import Moment
from shared.web.tokens import Caller

router = APIRouter(tags=["pipelines"])
MAY_CONFIGURE = Allow()
MAY_MEASURE_PIPELINES = Depends(Allow("supervisor"))
MAY_READ_PIPELINES = Allow("supervisor", "manager")
READERS = Depends(MAY_READ_PIPELINES)
Admin = Annotated[Caller, Depends(MAY_CONFIGURE)]
Reader = Annotated[Caller, Depends(MAY_READ_PIPELINES)]
Cursor = Annotated[str | None, Query(max_length=400)]
PipelineKey = Annotated[str, Path(pattern=KEY_PATTERN)]


@router.post("/v1/pipelines", status_code=201)
async def create_pipeline(
    caller: Admin, body: PipelineIn, database: DatabaseOf, now: Now
) -> PipelineOut:
    """Add a pipeline; its key must be new."""
    async with transaction(database) as session:
        pipeline = await put_pipeline(
            session, body.key, body.fields(), create_only=True, actor=caller.actor, now=now
        )
    return pipeline_out(pipeline)


@router.get("/v1/pipelines", dependencies=[READERS])
async def list_pipelines(
    database: DatabaseOf, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[PipelineOut]:
    """The newest versions of the pipelines, the newest pipeline first."""
    before = number_cursor(cursor)
    async with reading(database) as session:
        pipelines = await rows.list_pipelines(session, before=before, limit=limit)
    part = page(pipelines, limit=limit, key=lambda row: row.number)
    items = [pipeline_out(row.pipeline) for row in part.items]
    return Page(items=items, next_cursor=part.next_cursor)


@router.get("/v1/pipelines/{key}", dependencies=[READERS])
async def read_pipeline(database: DatabaseOf, key: PipelineKey) -> PipelineOut:
    """The newest version of one pipeline."""
    async with reading(database) as session:
        pipeline = await rows.get_pipeline(session, key)
    return pipeline_out(pipeline)


@router.put("/v1/pipelines/{key}")
async def replace_pipeline(
    caller: Admin, body: PipelineReplacementIn, database: DatabaseOf, now: Now, key: PipelineKey
) -> PipelineOut:
    """Create the pipeline, or write its next version. Leads keep to theirs, but none stays open in
    a stage that is gone: 409, unless `move_leads` says where they go.
    """
    async with transaction(database) as session:
        pipeline = await put_pipeline(
            session, key, body.fields(), create_only=False, actor=caller.actor, now=now
        )
    return pipeline_out(pipeline)


@router.delete("/v1/pipelines/{key}", status_code=204, dependencies=[Depends(MAY_CONFIGURE)])
async def delete_pipeline(database: DatabaseOf, key: PipelineKey) -> Response:
    """Only a pipeline that never had a lead can go."""
    async with transaction(database) as session:
        await remove_pipeline(session, key)
    return Response(status_code=204)


@router.get("/v1/pipelines/{key}/versions", dependencies=[READERS])
async def list_versions(
    database: DatabaseOf, key: PipelineKey, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[PipelineVersionOut]:
    """Every version as it was, the newest first."""
    before = number_cursor(cursor)
    async with reading(database) as session:
        await rows.get_pipeline(session, key)
        versions = await rows.list_versions(session, key, before=before, limit=limit)
    return page(
        [version_out(version) for version in versions], limit=limit, key=lambda item: item.version
    )


@router.get("/v1/pipelines/{key}/conformance", dependencies=[MAY_MEASURE_PIPELINES])
async def measure_pipeline(
    database: DatabaseOf,
    now: Now,
    key: PipelineKey,
    since: Annotated[Moment, Query(alias="from")],
    until: Annotated[Moment, Query(alias="to")],
) -> PipelineConformanceOut:
    """How many of the leads received from `from` until before `to` kept to the terms, and how the
    others deviated.
    """
    if since >= until:
        raise InvalidError("The period is empty.", errors=[("/to", "has to be after `from`")])
    async with reading(database) as session:
        measured = await conform.measure_pipeline(session, key, since=since, until=until, now=now)
    return pipeline_conformance_out(measured)


@router.get("/v1/leads/{lead_id}/conformance")
async def measure_lead(
    caller: Reader, database: DatabaseOf, now: Now, lead_id: UUID
) -> LeadConformanceOut:
    """The way of one lead through its pipeline, and where it leaves the terms."""
    async with reading(database) as session:
        lead = await visible_lead(session, lead_id, manager_id=caller.manager_id)
        measured = await conform.measure_lead(session, lead, now=now)
    return lead_conformance_out(measured)
