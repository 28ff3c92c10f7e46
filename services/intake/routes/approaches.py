"""Whoever may be approached becomes an inquiry of a source of its own; nobody else does."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.intake.domain.approaches import Permit
from services.intake.repository import approaches as rows
from services.intake.repository.arrivals import Receipt
from services.intake.repository.sources import SourceRow
from services.intake.routes.ingest.endpoint import Endpoint
from services.intake.routes.ingest.request import header
from services.intake.schemas.approaches import (
    ApproachesIn,
    ApproachesOut,
    ApproachOut,
    ListOut,
    Outcome,
)
from services.intake.use_cases.approaches import Listing, arrival_of, judge_contacts
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.observability.tracing import started
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.read_audit import Audit

router = APIRouter(tags=["consent"])
_MAY_APPROACH = Depends(Allow("supervisor"))


@router.post("/v1/contacts/approaches", dependencies=[_MAY_APPROACH])
async def approach_contacts(
    *, request: Request, body: ApproachesIn, database: DatabaseOf, now: Now, audit: Audit
) -> ApproachesOut:
    """Make inquiries of a source out of a list of contacts: of those who agreed to advertising and
    have not closed every channel that reaches them. Each is answered by what became of it.
    """
    door: Endpoint = request.app.door
    source = await _source(door, body.source_id)
    audit.record("consents", body.contact_ids)
    async with transaction(database) as session:
        verdicts = await judge_contacts(session, body.contact_ids)
    listing = Listing(body.list_id, body.name)
    traceparent = started(header(request.scope["headers"], b"traceparent"))
    commits = {
        contact_id: door.commits.add(
            arrival_of(
                source.source_id, listing, contact_id, verdict, now=now, traceparent=traceparent
            )
        )
        for contact_id, verdict in verdicts.items()
        if isinstance(verdict, Permit)
    }
    items = [
        ApproachOut(contact_id=contact_id, outcome=verdict)
        if not isinstance(verdict, Permit)
        else _stored(contact_id, await commits[contact_id])
        for contact_id, verdict in verdicts.items()
    ]
    duplicates = sum(item.outcome == "duplicate" for item in items)
    return ApproachesOut(
        stored=len(commits) - duplicates,
        duplicates=duplicates,
        left_out=len(items) - len(commits),
        items=items,
    )


@router.get("/v1/contacts/approaches/{list_id}", dependencies=[_MAY_APPROACH])
async def show_list(list_id: UUID, database: DatabaseOf) -> ListOut:
    """What came of a list whose approach was requested by an event: how many contacts of it were
    looked at so far, by outcome.
    """
    async with reading(database) as session:
        counts = await rows.count_outcomes(session, list_id)
    return ListOut.of(list_id, counts)


@router.get("/v1/contacts/approaches/{list_id}/contacts", dependencies=[_MAY_APPROACH])
async def list_outcomes(
    *,
    list_id: UUID,
    database: DatabaseOf,
    audit: Audit,
    outcome: Outcome | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[ApproachOut]:
    """The contacts of such a list and what came of each, the highest id first."""
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        await rows.count_outcomes(session, list_id)
        items = await rows.list_outcomes(session, list_id, outcome, after=after, limit=limit)
    window = page(items, limit=limit, key=lambda item: item.contact_id)
    audit.record("consents", [item.contact_id for item in window.items])
    answers = [ApproachOut.model_validate(item) for item in window.items]
    return Page(items=answers, next_cursor=window.next_cursor)


async def _source(door: Endpoint, source_id: UUID) -> SourceRow:
    if source_id not in door.cache.by_id:
        await door.cache.reload()
    row = door.cache.by_id.get(source_id)
    if row is None:
        detail = "there is no such source that is enabled"
        raise InvalidError("There is no such source.", errors=[("/source_id", detail)])
    return row


def _stored(contact_id: UUID, receipt: Receipt) -> ApproachOut:
    """One of the list who has other points by now was approached already all the same."""
    is_known = receipt.duplicate or not receipt.same_body
    return ApproachOut(
        contact_id=contact_id,
        outcome="duplicate" if is_known else "stored",
        receipt_id=receipt.receipt_id,
    )
