"""Whoever may be approached becomes an inquiry of a source of its own; nobody else does.

Invariant: an inquiry of a list holds points alone by which its person may be approached.
"""

import json
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.intake.domain.approaches import Permit
from services.intake.repository.arrivals import Receipt
from services.intake.repository.sources import SourceRow
from services.intake.routes.ingest import native
from services.intake.routes.ingest.endpoint import Endpoint
from services.intake.routes.ingest.request import RawHeaders, header
from services.intake.schemas.approaches import ApproachesIn, ApproachesOut, ApproachOut
from services.intake.use_cases.approaches import judge_contacts
from shared.database import transaction
from shared.errors import InvalidError
from shared.observability.tracing import started
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now
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
    traceparent = started(header(request.scope["headers"], b"traceparent"))
    commits = {
        contact_id: door.commits.add(
            native.arrival(
                source.source_id,
                _inquiry(body, contact_id, verdict),
                _headers(body.list_id, contact_id),
                now=now,
                traceparent=traceparent,
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


async def _source(door: Endpoint, source_id: UUID) -> SourceRow:
    if source_id not in door.cache.by_id:
        await door.cache.reload()
    row = door.cache.by_id.get(source_id)
    if row is None:
        detail = "there is no such source that is enabled"
        raise InvalidError("There is no such source.", errors=[("/source_id", detail)])
    return row


def _inquiry(body: ApproachesIn, contact_id: UUID, permit: Permit) -> bytes:
    """As `POST /v1/inquiries` takes it; the name is that of the contact anyhow."""
    values = {
        kind: [point.value for point in permit.points if point.kind == kind]
        for kind in ("phone", "email")
    }
    document = {
        "channel": "import",
        "external_id": f"{body.list_id}:{contact_id}",
        "subject": body.name,
        "contact": {"phones": values["phone"], "emails": values["email"]},
        "fields": {"permitted_channels": ", ".join(permit.channels)},
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _headers(list_id: UUID, contact_id: UUID) -> RawHeaders:
    return [
        (b"content-type", b"application/json"),
        (b"idempotency-key", f"{list_id}:{contact_id}".encode()),
    ]


def _stored(contact_id: UUID, receipt: Receipt) -> ApproachOut:
    """One of the list who has other points by now was approached already all the same."""
    is_known = receipt.duplicate or not receipt.same_body
    return ApproachOut(
        contact_id=contact_id,
        outcome="duplicate" if is_known else "stored",
        receipt_id=receipt.receipt_id,
    )
