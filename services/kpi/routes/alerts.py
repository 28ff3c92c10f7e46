"""Alerts: by which rules somebody is told, and what was raised."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.kpi.domain.exports.about import About
from services.kpi.repository.alerts import alerts as alert_rows
from services.kpi.repository.alerts import rules as rule_rows
from services.kpi.repository.alerts.alerts import Alert
from services.kpi.repository.reports import figures
from services.kpi.routes.exports import TABLES, FormOf
from services.kpi.routes.recipients import Cursor
from services.kpi.schemas.alerts import (
    AlertOut,
    RuleIn,
    RuleOut,
    TrialOut,
    alert_out,
    finding_out,
    rule_out,
)
from services.kpi.use_cases.alerts import rules, watch
from shared.database import Session, reading, transaction
from shared.ids import new_id
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["alerts"])
MAY_CONFIGURE_RULES = Allow("supervisor")
Overseer = Annotated[Caller, Depends(MAY_CONFIGURE_RULES)]
MAY_READ_ALERTS = Depends(MAY_CONFIGURE_RULES)


@router.post("/v1/alert-rules", status_code=201)
async def create_rule(caller: Overseer, body: RuleIn, database: DatabaseOf, now: Now) -> RuleOut:
    """Add a rule; it is judged once a minute."""
    async with transaction(database) as session:
        item = await rules.create_rule(
            session, body.rule(new_id()), body.terms(), actor=caller.actor, now=now
        )
    return rule_out(item)


@router.get("/v1/alert-rules", dependencies=[MAY_READ_ALERTS])
async def list_rules(
    database: DatabaseOf, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[RuleOut]:
    """All rules, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        rows = await rule_rows.list_rules(session, before=before, limit=limit)
    return page([rule_out(row) for row in rows], limit=limit, key=lambda item: item.rule_id)


@router.put("/v1/alert-rules/{rule_id}")
async def replace_rule(
    *,
    caller: Overseer,
    body: RuleIn,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
    rule_id: UUID,
) -> RuleOut:
    """Replace a rule. One that says something else begins anew: its open alerts end."""
    async with transaction(database) as session:
        item = await rules.replace_rule(
            session, body.rule(rule_id), body.terms(), version=version, actor=caller.actor, now=now
        )
    return rule_out(item)


@router.delete("/v1/alert-rules/{rule_id}", status_code=204, dependencies=[MAY_READ_ALERTS])
async def delete_rule(database: DatabaseOf, now: Now, rule_id: UUID) -> Response:
    """Its open alerts end; all of them stay in the list."""
    async with transaction(database) as session:
        await rules.delete_rule(session, rule_id, now=now)
    return Response(status_code=204)


@router.post("/v1/alert-rules/{rule_id}/try", dependencies=[MAY_READ_ALERTS])
async def try_rule(database: DatabaseOf, now: Now, rule_id: UUID) -> TrialOut:
    """What the rule finds now, value by value; nothing is raised and nobody is told."""
    async with transaction(database) as session:
        await figures.take_snapshot(session)
        kept_rule = await rule_rows.get_rule(session, rule_id)
        findings = await watch.judge_all(session, kept_rule, now=now)
        labels = await figures.find_labels(session, kept_rule.rule.axis, list(findings))
    return TrialOut(
        findings=[finding_out(key, labels.get(key), item) for key, item in findings.items()]
    )


@router.get(
    "/v1/alerts",
    dependencies=[MAY_READ_ALERTS],
    response_model=Page[AlertOut],
    responses=TABLES,
)
async def list_alerts(
    *,
    database: DatabaseOf,
    form: FormOf,
    rule_id: UUID | None = None,
    is_open: Annotated[bool, Query(alias="open", description="only those that go on")] = False,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[AlertOut] | Response:
    """What was raised, the newest first."""

    async def read(session: Session, before: UUID | None, number: int) -> Sequence[Alert]:
        return await alert_rows.list_alerts(
            session, rule_id=rule_id, only_open=is_open, before=before, limit=number
        )

    if form.is_table:
        place = attrgetter("alert_id")
        return await form.table(
            database, About("alerts"), AlertOut, read, show=alert_out, place=place
        )
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        rows = await read(session, before, limit)
    return page([alert_out(row) for row in rows], limit=limit, key=lambda item: item.alert_id)


@router.post("/v1/alerts/{alert_id}/acknowledge")
async def acknowledge_alert(
    caller: Overseer, database: DatabaseOf, now: Now, alert_id: UUID
) -> AlertOut:
    """Say that somebody looks after it; the first who does is shown."""
    async with transaction(database) as session:
        item = await alert_rows.acknowledge(session, alert_id, actor=caller.actor, now=now)
    return alert_out(item)
