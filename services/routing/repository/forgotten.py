"""Which customers were erased whole, so that nobody can ring them any more."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from shared.database import Session

# Of a lead `l`: whoever opened it was erased, and so was everybody they are one person with.
IS_ERASED: Final = """CASE WHEN EXISTS (
        SELECT FROM erased_contact AS e WHERE e.contact_id = l.contact_id)
    THEN NOT EXISTS (
        SELECT FROM contact_link AS c WHERE c.canonical_id = l.canonical_id AND NOT EXISTS (
            SELECT FROM erased_contact AS e WHERE e.contact_id = c.contact_id))
    ELSE false END"""
_LIST: Final = f"""
SELECT lead_id FROM lead AS l
WHERE canonical_id = ANY(CAST(:canonicals AS uuid[])) AND closed_at IS NULL AND {IS_ERASED}
"""


async def list_leads_of_erased(session: Session, canonical_ids: Collection[UUID]) -> list[UUID]:
    """Those open leads of these customers of which every person was erased."""
    return (await session.execute(_LIST, {"canonicals": list(canonical_ids)})).scalars()
