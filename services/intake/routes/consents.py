"""What people agreed to, and by which channels they must not be approached."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.intake.domain.consents import RefusedChannel
from services.intake.repository import consents
from services.intake.schemas.consents import (
    ConsentOut,
    ConsentRecordIn,
    DoNotContactOut,
    RefusalIn,
    consent_out,
    do_not_contact_out,
)
from services.intake.use_cases.consents import (
    Author,
    allow_channel,
    contacts_of_person,
    person_refusals,
    record_consent,
    refuse_channel,
)
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, moment_cursor, page
from shared.web.read_audit import Reads
from shared.web.tokens import Caller

_MAY_RECORD = Allow("supervisor")
router = APIRouter(tags=["consent"], dependencies=[Depends(_MAY_RECORD)])
_REFUSALS = Depends(Reads("do_not_contact", "contact_id"))
Recorder = Annotated[Caller, Depends(_MAY_RECORD)]


@router.get(
    "/v1/contacts/{contact_id}/consents",
    dependencies=[Depends(Reads("consents", "contact_id"))],
)
async def list_consents(
    contact_id: UUID,
    database: DatabaseOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[ConsentOut]:
    """Consents and withdrawals of the whole person, the latest first."""
    after = moment_cursor(cursor)
    async with reading(database) as session:
        contact_ids = await contacts_of_person(session, contact_id)
        rows = await consents.list_consents(session, contact_ids, after=after, limit=limit)
    window = page(rows, limit=limit, key=lambda row: (row["at"], row["consent_id"]))
    return Page(items=[consent_out(row) for row in window.items], next_cursor=window.next_cursor)


@router.post("/v1/contacts/{contact_id}/consents", status_code=201)
async def add_consent(
    contact_id: UUID, body: ConsentRecordIn, database: DatabaseOf, now: Now, caller: Recorder
) -> ConsentOut:
    """Record a consent, or its withdrawal, that somebody told us."""
    record = body.record(contact_id, by=caller.actor, now=now)
    assert record.consent_id is not None, "it was given one"
    async with transaction(database) as session:
        await record_consent(session, record, Author(caller.actor, now, body.reason))
        row = await consents.get_consent(session, record.consent_id)
    return consent_out(row)


@router.get("/v1/contacts/{contact_id}/do-not-contact", dependencies=[_REFUSALS])
async def read_refusals(contact_id: UUID, database: DatabaseOf) -> DoNotContactOut:
    """By which channels the person must not be approached, who said so, when and why."""
    async with reading(database) as session:
        rows = await person_refusals(session, contact_id)
    return do_not_contact_out(rows)


@router.put("/v1/contacts/{contact_id}/do-not-contact/{channel}", dependencies=[_REFUSALS])
async def refuse(  # noqa: PLR0917  FastAPI passes by name
    contact_id: UUID,
    channel: RefusedChannel,
    body: RefusalIn,
    database: DatabaseOf,
    now: Now,
    caller: Recorder,
) -> DoNotContactOut:
    """Close a channel for the person: call, email, chat (SMS too), or all."""
    async with transaction(database) as session:
        await refuse_channel(session, contact_id, channel, Author(caller.actor, now, body.reason))
        rows = await person_refusals(session, contact_id)
    return do_not_contact_out(rows)


@router.delete("/v1/contacts/{contact_id}/do-not-contact/{channel}", dependencies=[_REFUSALS])
async def allow(
    contact_id: UUID, channel: RefusedChannel, database: DatabaseOf, now: Now, caller: Recorder
) -> DoNotContactOut:
    """Lift the refusal of this channel; `all` is lifted by its own name, and lifts no other."""
    async with transaction(database) as session:
        await allow_channel(session, contact_id, channel, Author(caller.actor, now))
        rows = await person_refusals(session, contact_id)
    return do_not_contact_out(rows)
