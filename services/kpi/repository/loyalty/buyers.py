"""Keeps a row for everybody of whom a sale stands."""

import json
from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from services.kpi.domain.loyalty.buyers import Buyer
from shared.database import Session

_UPDATES: Final = ", ".join(f"{name} = excluded.{name}" for name in Buyer._fields[1:])
# Lists within rows are no rows of lists, as `unnest` would take them.
_WRITE: Final = f"""
INSERT INTO buyer SELECT * FROM jsonb_populate_recordset(CAST(NULL AS buyer), CAST(:rows AS jsonb))
ON CONFLICT (person_id) DO UPDATE SET {_UPDATES}
"""
_REMOVE: Final = "DELETE FROM buyer WHERE person_id = ANY(CAST(:ids AS uuid[]))"


async def replace_buyers(
    session: Session, person_ids: Collection[UUID], buyers: Mapping[UUID, Buyer]
) -> None:
    """Of these people, those who are buyers now, and no others."""
    gone = sorted(person_id for person_id in person_ids if person_id not in buyers)
    if gone:
        await session.execute(_REMOVE, {"ids": gone})
    rows = [buyers[person_id]._asdict() for person_id in sorted(person_ids) if person_id in buyers]
    if rows:
        await session.execute(_WRITE, {"rows": json.dumps(rows, default=str)})
