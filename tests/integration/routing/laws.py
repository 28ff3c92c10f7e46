"""What holds whatever happens, asked by statements of its own, not by the product's code."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing.use_cases.explain import verify
from services.routing.use_cases.leases.unowned import Sweep
from services.routing.use_cases.walks import Walks
from shared.database import reading
from tests.integration.routing.harness import Company

UNOWNED_SECONDS = 120

_LOADS = "SELECT manager_id, reserved_milli, capacity_milli FROM manager"
_CAN_WORK = """m.left_at IS NULL AND m.reserved_milli + l.units_milli <= m.capacity_milli
    AND (m.hourly_limit IS NULL OR m.hourly_limit > (SELECT count(*) FROM assignment AS a
        WHERE a.manager_id = m.manager_id
            AND a.assigned_at > CAST(:now AS timestamptz) - interval '1 hour'))"""
_MATCHES = "coalesce(CAST(o.policy AS jsonb) -> 'match', '[]')"
# Who could take a lead as it waits: on shift, with room, an allowance and what the pool asks for,
# and not passed over in the lead's round.
_COULD_BE_SERVED = f"""
SELECT l.lead_id, l.parked_reason, m.manager_id FROM lead AS l JOIN pool AS o ON o.key = l.pool
JOIN pool_member AS p ON p.pool = l.pool JOIN manager AS m USING (manager_id)
WHERE l.state = 'open' AND l.owner_id IS NULL AND l.parked_reason IS DISTINCT FROM 'escalated'
    AND m.status = 'online' AND m.status_until > :now AND m.duty = 'shift' AND {_CAN_WORK}
    AND (NOT {_MATCHES} @> '["language"]' OR l.language IS NULL
        OR l.language = ANY(m.languages))
    AND (NOT {_MATCHES} @> '["region"]' OR l.region IS NULL
        OR m.regions = '{{}}' OR l.region = ANY(m.regions))
    AND NOT EXISTS (SELECT FROM passed_over AS v WHERE v.lead_id = l.lead_id
        AND v.round = l.round AND v.manager_id = m.manager_id)
"""
_SUPERVISOR_COULD = f"""
SELECT l.lead_id, m.manager_id FROM lead AS l JOIN pool AS o ON o.key = l.pool
JOIN manager AS m ON m.manager_id = ANY(o.supervisor_ids)
WHERE l.state = 'open' AND l.owner_id IS NULL AND l.parked_reason = 'escalated' AND {_CAN_WORK}
    AND NOT (m.status IN ('busy', 'away') AND m.status_until > :now)
"""
_TWO_OWNERS = """
SELECT lead_id FROM assignment WHERE ended_at IS NULL GROUP BY lead_id HAVING count(*) > 1
"""
# Every assignment was told once, as it is; and none was told that is not.
_TOLD = """
SELECT CAST(payload ->> 'lead_id' AS uuid) AS lead_id,
    CAST(payload ->> 'epoch' AS integer) AS epoch,
    CAST(payload ->> 'manager_id' AS uuid) AS manager_id
FROM journal WHERE type = 'lead.assigned.v1'"""
_HELD = "SELECT lead_id, epoch, manager_id FROM assignment"
_UNTOLD = f"({_TOLD} EXCEPT ALL {_HELD}) UNION ALL ({_HELD} EXCEPT ALL {_TOLD})"
_GAPS = """
SELECT key FROM journal WHERE topic = 'leads' GROUP BY key
HAVING count(*) <> max(version) OR min(version) <> 1 OR count(DISTINCT version) <> count(*)
"""
_OVERDUE = """
SELECT lead_id FROM assignment
WHERE ended_at IS NULL AND accepted_at IS NULL AND accept_by <= :now
"""
_WITH_CALENDAR = """
SELECT m.manager_id, m.duty FROM manager AS m JOIN calendar AS c USING (manager_id)
WHERE m.left_at IS NULL
"""


@dataclass(eq=False)
class Laws:
    company: Company
    loads: dict[UUID, int] = field(default_factory=dict)

    async def always(self) -> None:
        await self.company.check()
        await self._none("a lead has one live assignment", _TWO_OWNERS)
        await self._capacities()

    async def _none(self, law: str, statement: str, **params: Any) -> None:
        """The statement finds what breaks the law."""
        rows = [dict(row) for row in await self.company.rows(statement, **params)]
        assert not rows, f"{law}: {rows}"

    async def _capacities(self) -> None:
        """Nothing is added beyond the capacity, also where this was lowered below the load."""
        rows = await self.company.rows(_LOADS)
        for row in rows:
            before = self.loads.get(row.manager_id, 0)
            most = max(row.capacity_milli, before)
            assert row.reserved_milli <= most, f"nothing is added above the capacity: {row}"
        self.loads = {row.manager_id: row.reserved_milli for row in rows}

    async def served(self, walks: Walks) -> None:
        """After a round of the assigner nobody waits whom somebody could take, and the sweep that
        looks for such leads finds none.
        """
        now = self.company.now
        await self._none(
            "nobody waits whom somebody on shift could take", _COULD_BE_SERVED, now=now
        )
        await self._none("nobody waits whom a supervisor could take", _SUPERVISOR_COULD, now=now)
        sweep = Sweep(self.company.database, walks, lambda: now, UNOWNED_SECONDS)
        await sweep.run()
        waiting = sorted(walks.forced)
        assert not waiting, f"nobody waits of whom the sweep does not know why: {waiting}"

    async def on_time(self) -> None:
        """After a round of the timers no lease is overdue, and duty is as the calendars say."""
        now = self.company.now
        await self._none("no lease is overdue", _OVERDUE, now=now)
        for row in await self.company.rows(_WITH_CALENDAR):
            by_calendar = await self._duty(row.manager_id, now)
            assert row.duty == by_calendar, f"duty is as the calendars say: {row}"

    async def _duty(self, manager_id: UUID, now: datetime) -> str:
        params = {"from": now.isoformat(), "to": (now + timedelta(minutes=1)).isoformat()}
        items = await self.company.get(f"/v1/managers/{manager_id}/duty", params=params)
        spans = [item for item in items if datetime.fromisoformat(item["from"]) <= now]
        return str(spans[0]["kind"]) if spans else "off"

    async def late(self, seen: Any, action: str) -> None:
        """Whoever acts on a lead that has changed since is told so, and nothing happens."""
        before = await self.company.lead(seen["lead_id"])
        if before["version"] == seen["version"]:
            return
        answer = await self.company.attempt(action, seen)
        assert answer.status_code == 409, answer.text
        problem = answer.json()
        assert problem["detail"]
        if before["owner_id"] != seen["owner_id"]:
            assert problem["type"].endswith("lease-ended"), problem
            assert problem["ending"]["outcome"], problem
        assert await self.company.lead(seen["lead_id"]) == before

    async def finally_(self) -> None:
        await self._none("every assignment is told once, as it is", _UNTOLD)
        await self._none("the versions of a lead's events have no gap", _GAPS)
        async with reading(self.company.database) as session:
            rows = list(await session.execute("SELECT decision_id FROM decision"))
            for row in rows:
                verdict = await verify(session, row.decision_id)
                assert verdict.same, f"a decision is computed again from its record: {row}"
