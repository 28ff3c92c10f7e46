"""A policy that decides beside the live one without acting, and how it differs."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.routing.schemas.fields import KEY_PATTERN
from services.routing.schemas.policies import PoolPolicy
from services.routing.schemas.shadow import ShadowReportOut, shadow_report_out
from services.routing.use_cases.pools import shadow
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
from shared.web.ranges import Moment

router = APIRouter(prefix="/v1/pools/{key}/shadow", tags=["configuration"])
MAY_SET_SHADOWS = Depends(Allow())
MAY_READ_SHADOWS = Depends(Allow("supervisor"))
PoolKey = Annotated[str, Path(pattern=KEY_PATTERN)]
LAST_WEEK = timedelta(days=7)


@router.put("", status_code=204, dependencies=[MAY_SET_SHADOWS])
async def put_shadow(body: PoolPolicy, database: DatabaseOf, now: Now, key: PoolKey) -> Response:
    """Let this policy decide beside the pool's own from now on; the report begins anew."""
    async with transaction(database) as session:
        await shadow.set_shadow(session, key, body.model_dump(), now=now)
    return Response(status_code=204)


@router.delete("", status_code=204, dependencies=[MAY_SET_SHADOWS])
async def delete_shadow(database: DatabaseOf, key: PoolKey) -> Response:
    """What it has decided stays until its 30 days are over."""
    async with transaction(database) as session:
        await shadow.unset_shadow(session, key)
    return Response(status_code=204)


@router.get("/report", dependencies=[MAY_READ_SHADOWS])
async def read_shadow_report(
    database: DatabaseOf,
    now: Now,
    key: PoolKey,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> ShadowReportOut:
    """How the shadow policy would have decided otherwise, by default in the last seven days; 404
    for a pool that has none, and no decisions of a former one.
    """
    until = until or now
    since = since or until - LAST_WEEK
    if since >= until:
        raise InvalidError("The range is empty.", errors=[("/from", "must be before `to`")])
    async with reading(database) as session:
        report = await shadow.report(session, key, since=since, until=until)
    return shadow_report_out(key, report, since=since, until=until)
