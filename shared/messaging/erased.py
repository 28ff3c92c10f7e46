"""The contacts of people who were erased: remembered by their ids, which are nobody's any more."""

from collections.abc import Collection
from uuid import UUID

from shared.database import Session

_REMEMBER = """
INSERT INTO erased_contact (contact_id)
SELECT id FROM unnest(CAST(:ids AS uuid[])) AS i(id) ORDER BY id ON CONFLICT DO NOTHING
"""
_AMONG = "SELECT contact_id FROM erased_contact WHERE contact_id = ANY(CAST(:ids AS uuid[]))"


async def remember_erased(session: Session, contact_ids: Collection[UUID]) -> None:
    await session.execute(_REMEMBER, {"ids": sorted(set(contact_ids))})


async def erased_among(session: Session, contact_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the contacts that were erased."""
    if not contact_ids:
        return frozenset()
    return frozenset((await session.execute(_AMONG, {"ids": list(set(contact_ids))})).scalars())
