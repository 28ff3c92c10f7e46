"""When things were committed, by PostgreSQL's own record of it (`track_commit_timestamp`).

Read after the clock has stopped; while it runs, one statement per database each half second.
"""

import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

from deploy.embedded.postgres.server import PrivatePostgres

SERVICES: Final = ("intake", "routing", "history", "kpi")
POLL_SECONDS: Final = 0.5

# The normaliser updates a submission's row, which hides who inserted it. A further column with a
# default keeps the inserting transaction, and costs the door eight bytes a row.
_MARK = "ALTER TABLE submission ADD COLUMN stored_by xid8 NOT NULL DEFAULT pg_current_xact_id()"
_STORED = """
SELECT i.inquiry_id::text AS inquiry_id, pg_xact_commit_timestamp(s.stored_by::xid) AS at
FROM submission AS s JOIN inquiry AS i USING (submission_id) WHERE s.received_at >= $1
"""
# The journal is never updated: the transaction that wrote a row is the one that assigned.
_ASSIGNED = """
SELECT opened.payload->>'inquiry_id' AS inquiry_id, pg_xact_commit_timestamp(assigned.xmin) AS at
FROM journal AS opened JOIN journal AS assigned USING (topic, key)
WHERE opened.type = 'lead.opened.v1' AND assigned.type = 'lead.assigned.v1'
"""
# Of each service the fewer of the inquiries it knows and of the assignments it knows.
_HELD = {
    "intake": "SELECT count(*) FROM inquiry",
    "routing": "SELECT count(*) FROM journal WHERE type = 'lead.assigned.v1'",
    "history": """SELECT least(count(*) FILTER (WHERE kind = 'inquiry.received'),
        count(*) FILTER (WHERE kind = 'lead.assigned')) FROM timeline_entry""",
    "kpi": """SELECT least((SELECT count(*) FROM inquiry),
        (SELECT count(*) FROM lead_story WHERE owner_id IS NOT NULL))""",
}
_LAST = {
    "intake": "SELECT max(pg_xact_commit_timestamp(xmin)) FROM inquiry",
    "routing": "SELECT max(pg_xact_commit_timestamp(xmin)) FROM journal",
    "history": "SELECT max(pg_xact_commit_timestamp(xmin)) FROM timeline_entry",
    "kpi": """SELECT max(pg_xact_commit_timestamp(xmin))
        FROM (SELECT xmin FROM inquiry UNION ALL SELECT xmin FROM lead_story)""",
}
# Whether anything was put off: chains, search, cards, what is told of people.
_PUT_OFF = {
    "history": """SELECT EXISTS (SELECT FROM unsealed) OR EXISTS (SELECT FROM search_queue)
        OR EXISTS (SELECT FROM touched_contact)
        OR EXISTS (SELECT FROM card_due WHERE due_at <= now())""",
    "kpi": "SELECT EXISTS (SELECT FROM untold)",
}
_FIRST = "SELECT min(received_at) FROM submission WHERE received_at >= $1"
# What a backend has done reaches the statistics a second later, or ten if it then falls idle.
_COMMITS = "SELECT sum(xact_commit)::bigint FROM pg_stat_database WHERE datname <> 'postgres'"


async def record_commits(postgres: PrivatePostgres) -> None:
    """Ask the cluster to keep commit times, from its next start on."""
    connection = await postgres.connect("postgres")
    try:
        await connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    finally:
        await connection.close()


@dataclass(eq=False)
class CommitTimes:
    """One connection to each service's database, kept open, and one that counts commits."""

    postgres: PrivatePostgres
    connections: Mapping[str, Any]

    @classmethod
    async def open(cls, postgres: PrivatePostgres) -> Self:
        names = (*SERVICES, "postgres")
        return cls(postgres, {name: await postgres.connect(name) for name in names})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for connection in self.connections.values():
            await connection.close()

    async def mark_submissions(self) -> None:
        """Before the first submission."""
        await self.connections["intake"].execute(_MARK)

    async def until_all_have(self, expected: int, *, seconds: float) -> None:
        """Return when every service has so many inquiries and assignments, or end the program."""
        deadline = time.monotonic() + seconds
        numbers: dict[str, int] = {}
        while time.monotonic() < deadline:
            for service in reversed(SERVICES):
                numbers[service] = await self.connections[service].fetchval(_HELD[service])
                if numbers[service] < expected:
                    break
            else:
                return
            await asyncio.sleep(POLL_SECONDS)
        sys.exit(f"not everything arrived: {numbers} of {expected}")

    async def until_all_is_done(self, *, seconds: float) -> None:
        """Return when nothing that was put off waits any more, or end the program."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            waiting = [await self.connections[name].fetchval(sql) for name, sql in _PUT_OFF.items()]
            if not any(waiting):
                return
            await asyncio.sleep(POLL_SECONDS)
        sys.exit("what was put off was not done")

    async def waits(self, *, since: datetime) -> list[float]:
        """Seconds from stored to assigned of every submission since then, sorted."""
        submissions = await self.connections["intake"].fetch(_STORED, since)
        assignments = await self.connections["routing"].fetch(_ASSIGNED)
        assigned_at = {row["inquiry_id"]: row["at"] for row in assignments}
        return sorted((assigned_at[row[0]] - row["at"]).total_seconds() for row in submissions)

    async def span(self, *, since: datetime) -> float:
        """Seconds from the first submission since then to the last commit of the last service."""
        first: datetime = await self.connections["intake"].fetchval(_FIRST, since)
        lasts = [await self.connections[name].fetchval(_LAST[name]) for name in SERVICES]
        last: datetime = max(lasts)
        return (last - first).total_seconds()

    async def commits(self) -> int:
        """So far, in all databases but the one that is asked here."""
        number: int = await self.connections["postgres"].fetchval(_COMMITS)
        return number
