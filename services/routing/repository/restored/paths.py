"""Ways of leads through their pipelines, for a database that is older than their events."""

from collections.abc import Collection, Iterable
from dataclasses import astuple, fields
from uuid import UUID

from services.routing.domain.conformance import StageRow
from services.routing.domain.restored_paths import PathRow, RestoredPaths
from shared.database import Session
from shared.statements import columns

_COLUMNS = ", ".join(item.name for item in fields(PathRow))
_FIND = f"SELECT {_COLUMNS} FROM lead WHERE lead_id = ANY(CAST(:ids AS uuid[]))"
_WRITE = """
UPDATE lead AS l SET pipeline_version = n.pipeline_version, stage_since = n.stage_since,
    next_action = n.next_action, next_action_at = n.next_action_at,
    expected_amount = coalesce(n.amount, l.expected_amount),
    expected_currency = coalesce(n.currency, l.expected_currency),
    rot_seconds = (
        SELECT CAST(round(3600 * CAST(
            v.content #>> ARRAY['terms', 'stages', n.stage, 'rot_hours'] AS double precision))
            AS integer)
        FROM pipeline_version AS v
        WHERE v.pipeline = l.pipeline AND v.version = n.pipeline_version)
FROM unnest(CAST(:leads AS uuid[]), CAST(:stages AS text[]), CAST(:versions AS integer[]),
    CAST(:since AS timestamptz[]), CAST(:actions AS text[]), CAST(:action_ats AS timestamptz[]),
    CAST(:amounts AS numeric[]), CAST(:currencies AS text[])) AS n(lead_id, stage,
    pipeline_version, stage_since, next_action, next_action_at, amount, currency)
WHERE l.lead_id = n.lead_id
"""
_PUT_BACK = """
INSERT INTO lead_stage (lead_id, version, stage, from_stage, state, pipeline_version, at, actor,
    manager_id, facts)
SELECT lead_id, version, stage, from_stage, state, pipeline_version, at, actor, manager_id,
    string_to_array(facts, chr(31))
FROM unnest(CAST(:leads AS uuid[]), CAST(:versions AS bigint[]), CAST(:stages AS text[]),
    CAST(:from_stages AS text[]), CAST(:states AS text[]), CAST(:pipeline_versions AS integer[]),
    CAST(:facts AS text[]), CAST(:ats AS timestamptz[]), CAST(:actors AS text[]),
    CAST(:managers AS uuid[])) AS n(lead_id, version, stage, from_stage, state, pipeline_version,
    facts, at, actor, manager_id)
ORDER BY lead_id, version
ON CONFLICT DO NOTHING
"""
_NAMES = """leads versions stages from_stages states pipeline_versions facts ats actors managers"""
_ROW_NAMES = "leads stages versions since actions action_ats amounts currencies"


async def find_paths(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, PathRow]:
    """The rows of those of the leads that are known. The caller holds their locks."""
    rows = await session.execute(_FIND, {"ids": list(lead_ids)})
    return {row["lead_id"]: PathRow(**row) for row in rows}


async def write_paths(session: Session, paths: RestoredPaths) -> None:
    """Write the rows of leads that are there, and the steps that are missing."""
    rows = [astuple(row) for row in paths.changed.values()]
    await session.execute(_WRITE, columns(_ROW_NAMES, rows))
    await _put_back(session, paths.steps)


async def _put_back(session: Session, rows: Iterable[StageRow]) -> None:
    # A list of lists has to be even, so the names travel as one text.
    flat = [(*values[:6], "\x1f".join(values[6]), *values[7:]) for values in map(astuple, rows)]
    await session.execute(_PUT_BACK, columns(_NAMES, flat))
