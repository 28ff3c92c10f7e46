"""Pairs that may be one person: shown with both contacts, merged or kept apart by a supervisor."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.intake.repository import contacts, inquiries, points, proposals
from services.intake.repository.proposals import ProposalFilter
from services.intake.schemas.contacts import ContactDetailOut, contact_detail_out
from services.intake.schemas.identity import NoBody, ProposalOut, ProposalPage
from services.intake.schemas.inquiries import inquiry_out
from services.intake.use_cases.proposals import accept_proposal, decline_proposal
from shared.database import Row, Session, reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import page, uuid_cursor
from shared.web.read_audit import Audit, Reads
from shared.web.tokens import Caller

router = APIRouter(tags=["contact identity"])
_AUDITED = Depends(Reads("proposal", "proposal_id"))
Supervisor = Annotated[Caller, Depends(Allow("supervisor"))]


@router.get("/v1/contact-proposals")
async def list_proposals(
    *,
    database: DatabaseOf,
    _caller: Supervisor,
    audit: Audit,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    state: Literal["open", "accepted", "declined"] | None = None,
    source_id: UUID | None = None,
) -> ProposalPage:
    """Pairs of contacts that an inquiry named as one person, and that nothing joined by itself."""
    criteria = ProposalFilter(state=state, source_id=source_id)
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        rows = await proposals.list_proposals(session, criteria, after=after, limit=limit)
        overflow = await proposals.count_dropped(session, source_id)
        items = await _proposals_out(session, rows[:limit])
    window = page(rows, limit=limit, key=lambda row: row["proposal_id"])
    audit.record("proposals", [card.contact_id for item in items for card in item.cards])
    return ProposalPage(items=items, next_cursor=window.next_cursor, dropped=overflow)


@router.get("/v1/contact-proposals/{proposal_id}", dependencies=[_AUDITED])
async def read_proposal(
    proposal_id: UUID, database: DatabaseOf, _caller: Supervisor
) -> ProposalOut:
    """One proposal with both cards and the inquiry that suggested it."""
    async with reading(database) as session:
        row = await proposals.get_proposal(session, proposal_id)
        return (await _proposals_out(session, [row]))[0]


@router.post("/v1/contact-proposals/{proposal_id}/accept", dependencies=[_AUDITED])
async def accept(
    proposal_id: UUID, _body: NoBody, database: DatabaseOf, now: Now, caller: Supervisor
) -> ProposalOut:
    """Join the two; accepting again changes nothing, after a decline it is refused (409)."""
    async with transaction(database) as session:
        row = await accept_proposal(session, proposal_id, by=caller.actor, now=now)
        return (await _proposals_out(session, [row]))[0]


@router.post("/v1/contact-proposals/{proposal_id}/decline", dependencies=[_AUDITED])
async def decline(
    proposal_id: UUID, _body: NoBody, database: DatabaseOf, now: Now, caller: Supervisor
) -> ProposalOut:
    """Keep the two apart; these points do not propose them again."""
    async with transaction(database) as session:
        row = await decline_proposal(session, proposal_id, by=caller.actor, now=now)
        return (await _proposals_out(session, [row]))[0]


async def _proposals_out(session: Session, rows: Sequence[Row]) -> list[ProposalOut]:
    ids = [row[side] for row in rows for side in ("low_id", "high_id")]
    people = await contacts.find_contacts(session, ids)
    canonicals = sorted({person["canonical_id"] for person in people.values()})
    members = await contacts.members_of(session, canonicals)
    births = [contact_id for group in members.values() for contact_id in group]
    point_rows = await points.points_of(session, births)
    causes = [row["inquiry_id"] for row in rows if row["inquiry_id"] is not None]
    inquiries_by_id = await inquiries.find_inquiries(session, causes)

    def contact(contact_id: UUID) -> ContactDetailOut:
        person = people[contact_id]
        group = members[person["canonical_id"]]
        return contact_detail_out(
            person, group, [p for p in point_rows if p["contact_id"] in group]
        )

    names = ("proposal_id", "state", "inquiry_id", "source_id", "created_at", "settled_at")
    return [
        ProposalOut(
            **{name: row[name] for name in names},
            settled_by=row["settled_by"],
            points=row["points"],
            cards=[contact(row["low_id"]), contact(row["high_id"])],
            inquiry=inquiry_out(inquiries_by_id[row["inquiry_id"]])
            if row["inquiry_id"] in inquiries_by_id
            else None,
        )
        for row in rows
    ]
