"""How managers are called, as routing says."""

from collections.abc import Mapping
from uuid import UUID

from shared.database import Session

MOST_NAMES = 10_000  # of those who ever worked here, the latest

_WRITE = """
INSERT INTO manager_name (manager_id, name)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]))
ON CONFLICT (manager_id) DO UPDATE SET name = excluded.name
"""
_LIST = "SELECT manager_id, name FROM manager_name ORDER BY manager_id DESC LIMIT :limit"


async def write_names(session: Session, names: Mapping[UUID, str]) -> None:
    """Write how they are called now, whatever they were called before."""
    if names:
        ids = sorted(names)
        await session.execute(_WRITE, {"ids": ids, "names": [names[item] for item in ids]})


async def list_names(session: Session) -> dict[UUID, str]:
    """The names by the ids of managers, MOST_NAMES at most."""
    rows = await session.execute(_LIST, {"limit": MOST_NAMES})
    return {row.manager_id: row.name for row in rows}
