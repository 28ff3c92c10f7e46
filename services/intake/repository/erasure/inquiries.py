"""A person's inquiries, blanked a slice at a time."""

from collections.abc import Collection, Sequence
from uuid import UUID

from shared.contracts.erasing import blanked
from shared.contracts.inquiries import InquiryReceived
from shared.database import Row, Session
from shared.messaging.outbox.blanking import same
from shared.statements import columns

_NEXT = """
SELECT contact_id, inquiry_id, submission_id, CAST(content AS text) AS content FROM inquiry
WHERE contact_id = ANY(CAST(:ids AS uuid[]))
    AND (contact_id, inquiry_id) > (CAST(:contact_id AS uuid), CAST(:inquiry_id AS uuid))
ORDER BY contact_id, inquiry_id LIMIT :limit FOR UPDATE
"""
_WRITE = """
UPDATE inquiry AS i SET content = CAST(n.content AS json)
FROM unnest(CAST(:ids AS uuid[]), CAST(:contents AS text[])) AS n(inquiry_id, content)
WHERE i.inquiry_id = n.inquiry_id
"""
_OF_ERASED = """
SELECT i.inquiry_id FROM inquiry AS i JOIN erased_contact AS e ON e.contact_id = i.contact_id
WHERE i.inquiry_id = ANY(CAST(:ids AS uuid[]))
"""


async def lock_inquiries(
    session: Session, contact_ids: Sequence[UUID], *, after: tuple[UUID, UUID], limit: int
) -> Sequence[Row]:
    """The next inquiries of these contacts, behind a contact and an inquiry."""
    contact_id, inquiry_id = after
    params = {"ids": list(contact_ids), "contact_id": contact_id, "inquiry_id": inquiry_id}
    return await session.execute(_NEXT, {**params, "limit": limit})


async def blank_inquiries(session: Session, rows: Sequence[Row]) -> int:
    """Blank these rows; how many were changed."""
    changes = [
        (row.inquiry_id, content)
        for row in rows
        if not same(row.content, content := _blanked(row.content))
    ]
    if changes:
        await session.execute(_WRITE, columns("ids contents", changes))
    return len(changes)


def _blanked(content: str) -> str:
    """The content is that of the inquiry's event, with what has changed since."""
    return blanked(InquiryReceived.model_validate_json(content)).model_dump_json()


async def find_of_erased(session: Session, inquiry_ids: Collection[UUID]) -> set[UUID]:
    """Those of the inquiries whose people were erased."""
    rows = await session.execute(_OF_ERASED, {"ids": list(inquiry_ids)})
    return set(rows.scalars())
