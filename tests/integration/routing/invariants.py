"""What holds in routing's database at every moment, whatever happened; and our heartbeat there."""

from collections.abc import Callable
from typing import Any

WATCH = """
INSERT INTO heartbeat (id, beat_at, clock_at) VALUES (1, clock_timestamp(), :now)
ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at, clock_at = excluded.clock_at
RETURNING id
"""
# The database's clock goes on with ours, though nobody was here to see it.
AWAY = """
UPDATE heartbeat SET beat_at = clock_timestamp() - (CAST(:now AS timestamptz) - clock_at)
RETURNING id
"""


async def check_invariants(rows: Callable[..., Any]) -> None:
    """`rows` asks the database; fails on the first thing that is not in order."""
    assert not await rows(
        """SELECT m.manager_id FROM manager AS m LEFT JOIN assignment AS a
            ON a.manager_id = m.manager_id AND a.ended_at IS NULL
        GROUP BY m.manager_id HAVING m.reserved_milli <> coalesce(sum(a.units_milli), 0)"""
    ), "reservations are the sum of the live leases"
    assert not await rows(
        """SELECT a.lead_id FROM assignment AS a JOIN lead AS l USING (lead_id)
        WHERE a.ended_at IS NULL AND a.units_milli <> l.units_milli
            OR l.state = 'open' AND l.owner_id IS NULL AND l.units_milli <> l.full_units_milli"""
    ), "a lead weighs what its lease reserves, and its full weight while it waits"
    assert not await rows(
        """SELECT i.inquiry_id FROM lead_inquiry AS i JOIN lead AS l USING (lead_id)
        WHERE l.state = 'merged'"""
    ), "no inquiry is in a merged lead"
    assert not await rows(
        """SELECT l.lead_id FROM lead AS l LEFT JOIN assignment AS a
            ON a.lead_id = l.lead_id AND a.ended_at IS NULL
        WHERE (l.state = 'open' AND l.owner_id IS NOT NULL) <> (a.lead_id IS NOT NULL)
            OR (a.lead_id IS NOT NULL AND (a.epoch, a.manager_id) <> (l.epoch, l.owner_id))"""
    ), "an open lead with an owner has exactly its one live lease"
    assert not await rows(
        """SELECT m.lead_id FROM lead AS m JOIN lead AS l ON l.lead_id = m.merged_into
        WHERE l.state = 'open' AND m.canonical_id <> l.canonical_id"""
    ), "no lead stays merged into that of somebody who is another now"
    assert not await rows(
        """SELECT l.lead_id FROM lead AS l JOIN (
            SELECT DISTINCT ON (lead_id) * FROM lead_stage ORDER BY lead_id, version DESC
        ) AS s USING (lead_id)
        WHERE l.stage <> s.stage OR (l.state <> 'merged' AND l.state <> s.state)"""
    ), "a lead is where its last step has brought it"
