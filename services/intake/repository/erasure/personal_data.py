"""All rows that intake has of a person, read to be given to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from services.intake.repository import consents, contacts, points, purchases
from services.intake.repository.purchases import PurchaseFilter
from services.intake.tables import contact_merge, inquiry
from shared.database import Row, Session
from shared.statements import among

MAX_RECORDS = 1000  # consents, orders or merges of a person that are given; nobody has so many


@dataclass(frozen=True, slots=True)
class PersonRows:
    """Rows by what they are about; inquiries are read apart, a page at a time."""

    contacts: Sequence[Row]
    points: Sequence[Row]
    merges: Sequence[Row]
    consents: Sequence[Row]
    refusals: Sequence[Row]
    purchases: Sequence[Row]


async def read_person(session: Session, contact_ids: Sequence[UUID]) -> PersonRows:
    by_id = await contacts.find_contacts(session, contact_ids)
    of_them = or_(
        among(contact_merge.c.loser_id, contact_ids), among(contact_merge.c.winner_id, contact_ids)
    )
    merges = select(contact_merge).where(of_them).order_by(contact_merge.c.merge_id)
    criteria = PurchaseFilter(contact_ids=contact_ids)
    return PersonRows(
        contacts=[by_id[item] for item in sorted(by_id)],
        points=await points.points_of(session, contact_ids),
        merges=await session.execute(merges.limit(MAX_RECORDS)),
        consents=await consents.list_consents(session, contact_ids, after=None, limit=MAX_RECORDS),
        refusals=await consents.list_refusals(session, contact_ids),
        purchases=await purchases.list_purchases(session, criteria, after=None, limit=MAX_RECORDS),
    )


async def list_inquiries(
    session: Session, contact_ids: Sequence[UUID], *, after: UUID | None, limit: int
) -> list[Row]:
    """By id, one more than `limit`."""
    query = select(inquiry).where(among(inquiry.c.contact_id, contact_ids))
    if after is not None:
        query = query.where(inquiry.c.inquiry_id > after)
    return await session.execute(query.order_by(inquiry.c.inquiry_id).limit(limit + 1))
