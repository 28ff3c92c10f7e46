"""Which contact stands for which. A canonical contact's row is the lock of all that meets there."""

from collections.abc import Collection, Mapping
from uuid import UUID

from shared.database import Session

_CREATE = """
INSERT INTO contact_link (contact_id, canonical_id)
SELECT id, id FROM unnest(CAST(:ids AS uuid[])) AS i(id) ORDER BY id
ON CONFLICT DO NOTHING
"""
_CANONICAL = """
SELECT contact_id, canonical_id FROM contact_link WHERE contact_id = ANY(CAST(:ids AS uuid[]))
"""
_LOCK = """
SELECT contact_id, canonical_id, version FROM contact_link
WHERE contact_id = ANY(CAST(:ids AS uuid[])) ORDER BY contact_id FOR UPDATE
"""
_RELINK = """
UPDATE contact_link AS c SET canonical_id = n.canonical_id, version = n.version
FROM unnest(CAST(:ids AS uuid[]), CAST(:canonicals AS uuid[]), CAST(:versions AS bigint[]))
    AS n(contact_id, canonical_id, version)
WHERE c.contact_id = n.contact_id
"""


async def lock_contacts(
    session: Session, contact_ids: Collection[UUID], *, targets: Collection[UUID] = ()
) -> dict[UUID, tuple[UUID, int]]:
    """Create and lock these contacts, `targets` and all that they point to: contact → (canonical,
    version). While the transaction lasts nobody else opens, attaches or folds in their groups.

    A contact may be re-pointed while we wait. Then the locks are let go and taken anew, since
    taking one more out of order could meet somebody who waits for us.
    """
    wanted = set(contact_ids) | set(targets)
    if not wanted:
        return {}
    await session.execute(_CREATE, {"ids": sorted(wanted)})
    while True:
        rows = await session.execute(_CANONICAL, {"ids": list(wanted)})
        closure = wanted | {row.canonical_id for row in rows}
        if closure > wanted:
            await session.execute(_CREATE, {"ids": sorted(closure - wanted)})
        await session.execute("SAVEPOINT unlocked")
        rows = await session.execute(_LOCK, {"ids": sorted(closure)})
        found = {row.contact_id: (row.canonical_id, row.version) for row in rows}
        if all(found[contact_id][0] in found for contact_id in wanted):
            await session.execute("RELEASE SAVEPOINT unlocked")
            return found
        await session.execute("ROLLBACK TO SAVEPOINT unlocked")
        await session.execute("RELEASE SAVEPOINT unlocked")


async def relink(session: Session, links: Mapping[UUID, tuple[UUID, int]]) -> None:
    """Write contact → (canonical, version). The caller has locked them and knows it is news."""
    await session.execute(
        _RELINK,
        {
            "ids": list(links),
            "canonicals": [canonical_id for canonical_id, _ in links.values()],
            "versions": [version for _, version in links.values()],
        },
    )
