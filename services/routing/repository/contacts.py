"""Links of contacts. The row of a canonical contact is the lock of its groups of leads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.database import Session

_CREATE = """
INSERT INTO contact_link (contact_id, canonical_id)
SELECT id, id FROM unnest(CAST(:ids AS uuid[])) AS i(id) ORDER BY id
ON CONFLICT DO NOTHING
RETURNING contact_id, EXISTS (
    SELECT FROM lead_inquiry WHERE inquiry_id = ANY(CAST(:inquiries AS uuid[]))) AS has_placed
"""
# The contacts and all that they point to.
_LOCK = """
SELECT contact_id, canonical_id, version FROM contact_link
WHERE contact_id = ANY(CAST(:ids AS uuid[]) || ARRAY(
    SELECT canonical_id FROM contact_link WHERE contact_id = ANY(CAST(:ids AS uuid[]))))
ORDER BY contact_id FOR UPDATE
"""
_WRITE_LINKS = """
UPDATE contact_link AS c SET canonical_id = n.canonical_id, version = n.version
FROM unnest(CAST(:ids AS uuid[]), CAST(:canonicals AS uuid[]), CAST(:versions AS bigint[]))
    AS n(contact_id, canonical_id, version)
WHERE c.contact_id = n.contact_id
"""


@dataclass(frozen=True, slots=True)
class Links:
    """Contacts under their locks: contact → (canonical, version); `fresh` ones were created now and
    have neither inquiries nor leads.
    """

    by_contact: dict[UUID, tuple[UUID, int]]
    fresh: frozenset[UUID] = frozenset()

    def canonical_of(self, contact_id: UUID) -> UUID:
        return self.by_contact[contact_id][0]


async def lock_contacts(
    session: Session, contact_ids: Collection[UUID], *, inquiry_ids: Collection[UUID] = ()
) -> Links:
    """Create these contacts if needed, and lock them with their canonical contacts. `inquiry_ids`
    are theirs, as far as the caller knows.

    Until the transaction ends nobody else opens, attaches or merges leads in their groups.
    """
    if not contact_ids:
        return Links({})
    rows = await session.execute(
        _CREATE, {"ids": list(contact_ids), "inquiries": list(inquiry_ids)}
    )
    # Of a restored lead inquiries are known without their contacts: then no contact is new.
    fresh = frozenset(row.contact_id for row in rows if not row.has_placed)
    if len(fresh) == len(set(contact_ids)):  # new rows of ours: nobody else can see them yet
        return Links({contact_id: (contact_id, 0) for contact_id in fresh}, fresh)
    await session.execute("SAVEPOINT contacts")
    while True:
        rows = await session.execute(_LOCK, {"ids": list(contact_ids)})
        links = {row.contact_id: (row.canonical_id, row.version) for row in rows}
        if all(contact_id in links and links[contact_id][0] in links for contact_id in contact_ids):
            await session.execute("RELEASE SAVEPOINT contacts")
            return Links(links, fresh)
        # A contact was linked anew while we waited. The locks are taken again from the start: one
        # more lock out of order could deadlock.
        await session.execute("ROLLBACK TO SAVEPOINT contacts")


async def write_links(session: Session, links: Mapping[UUID, tuple[UUID, int]]) -> None:
    """Write contact → (canonical, version). The caller has locked them and checked versions."""
    await session.execute(
        _WRITE_LINKS,
        {
            "ids": list(links),
            "canonicals": [canonical_id for canonical_id, _ in links.values()],
            "versions": [version for _, version in links.values()],
        },
    )
