"""Digests of minutes, hours and days: how many ids stand in each, and the sum of their hashes.

Invariant: a digest is shown only while nothing of its span is marked as changed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from shared.database import Database, Session, transaction

STEPS: Mapping[str, timedelta] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
MINUTES_AT_ONCE = 200  # renewed in one transaction
MAX_RENEWALS = 50  # transactions of one call; the next call goes on

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('reconciliation', 0))"
# The newest first: they are compared every minute, the others once an hour.
_TAKE = """
WITH taken AS (
    DELETE FROM reconciliation_mark WHERE ledger = :ledger AND minute = ANY(ARRAY(
        SELECT DISTINCT minute FROM reconciliation_mark WHERE ledger = :ledger
        ORDER BY minute DESC LIMIT :limit))
    RETURNING minute)
SELECT DISTINCT minute FROM taken
"""
_OLDEST = """
SELECT begins_at FROM reconciliation_digest
WHERE account = :account AND step = 'minute' ORDER BY computed_at LIMIT :limit
"""
# The sum of the hashes, not their exclusive or: a pair of doubles must not cancel itself out.
_COUNT = """
SELECT '{name}' AS account, m.begins_at, c.count, c.digest
FROM unnest(CAST(:minutes AS timestamptz[])) AS m(begins_at) CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(sum(uuid_hash_extended(id, 0)), 0) AS digest
    FROM ({ids}) AS member(id)) AS c
"""
# One statement for all accounts of a ledger, hence one snapshot: they are compared among
# themselves. What only grows keeps its largest count.
_RENEW = """
INSERT INTO reconciliation_digest AS d (account, step, begins_at, count, digest, computed_at)
SELECT account, 'minute', begins_at, count, digest, clock_timestamp() FROM ({counts}) AS counted
ON CONFLICT (account, step, begins_at) DO UPDATE
SET count = excluded.count, digest = excluded.digest, computed_at = excluded.computed_at
WHERE excluded.account <> ALL(CAST(:growing AS text[])) OR excluded.count >= d.count
"""
_ROLL_UP = """
INSERT INTO reconciliation_digest (account, step, begins_at, count, digest, computed_at)
SELECT d.account, :step, s.begins_at, sum(d.count), sum(d.digest), clock_timestamp()
FROM (SELECT DISTINCT date_trunc(:step, minute, 'UTC') AS begins_at
    FROM unnest(CAST(:minutes AS timestamptz[])) AS m(minute)) AS s
CROSS JOIN unnest(CAST(:accounts AS text[])) AS a(account)
JOIN reconciliation_digest AS d ON d.account = a.account AND d.step = :finer
    AND d.begins_at >= s.begins_at AND d.begins_at < s.begins_at + CAST(:span AS interval)
GROUP BY d.account, s.begins_at
ON CONFLICT (account, step, begins_at) DO UPDATE
SET count = excluded.count, digest = excluded.digest, computed_at = excluded.computed_at
"""
_LIST = """
SELECT begins_at, count, CAST(digest AS text) AS digest FROM reconciliation_digest AS d
WHERE account = :account AND step = :step AND begins_at >= :since AND begins_at < :until
    AND count > 0 AND NOT EXISTS (SELECT FROM reconciliation_mark AS m WHERE m.ledger = :ledger
        AND m.minute >= d.begins_at AND m.minute < d.begins_at + CAST(:span AS interval))
UNION ALL
SELECT DISTINCT date_trunc(:step, minute, 'UTC'), CAST(NULL AS bigint), CAST(NULL AS text)
FROM reconciliation_mark WHERE ledger = :ledger AND minute >= :since AND minute < :until
ORDER BY 1 LIMIT :limit
"""
_IDS = """
SELECT id, count(*) AS times FROM ({ids}) AS member(id)
WHERE CAST(:after AS uuid) IS NULL OR id > :after GROUP BY id ORDER BY id LIMIT :limit
"""
_TOTALS = """
SELECT account, CAST(sum(count) AS bigint) AS count FROM reconciliation_digest
WHERE account = ANY(CAST(:accounts AS text[])) AND step = 'day' GROUP BY account
"""


@dataclass(frozen=True, slots=True)
class Account:
    """What is counted: `ids` is a SELECT of one uuid between `{since}` and `{until}`, which stand
    for SQL expressions; a row for every place where the id is counted. It needs an index.
    """

    name: str
    ids: str
    grows: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """Accounts that change together and are renewed in one snapshot; marks carry its name."""

    name: str
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """One span of time; both are None while it is being counted anew."""

    begins_at: datetime
    count: int | None
    digest: str | None


@cache
def _renewal(ledger: Ledger) -> str:
    counts = (
        _COUNT.format(
            name=account.name,
            ids=account.ids.format(since="m.begins_at", until="m.begins_at + interval '1 minute'"),
        )
        for account in ledger.accounts
    )
    return _RENEW.format(counts=" UNION ALL ".join(counts))


async def renew(database: Database, ledger: Ledger) -> int:
    """Count marked minutes anew, in bounded transactions. Returns how many minutes."""
    renewed = 0
    for _ in range(MAX_RENEWALS):
        async with transaction(database) as session:
            minutes = await take_marks(session, ledger)
            await count_minutes(session, ledger, minutes)
        renewed += len(minutes)
        if len(minutes) < MINUTES_AT_ONCE:
            break
    return renewed


async def renew_oldest(session: Session, ledger: Ledger, *, limit: int) -> None:
    """Count anew the minutes that were not counted for longest."""
    # No trigger fires for a damaged index or a replica's writes.
    await session.execute(_LOCK)
    query = {"account": ledger.accounts[0].name, "limit": limit}
    minutes = list((await session.execute(_OLDEST, query)).scalars())
    await count_minutes(session, ledger, minutes)


async def take_marks(session: Session, ledger: Ledger) -> list[datetime]:
    """The newest marked minutes, no longer marked. One at a time renews, until its commit."""
    await session.execute(_LOCK)
    # The marks are taken before the rows are read: a row that is committed in between has left a
    # mark of its own, which stays for the next round.
    query = {"ledger": ledger.name, "limit": MINUTES_AT_ONCE}
    return list((await session.execute(_TAKE, query)).scalars())


async def count_minutes(session: Session, ledger: Ledger, minutes: Sequence[datetime]) -> None:
    if not minutes:
        return
    accounts = [account.name for account in ledger.accounts]
    growing = [account.name for account in ledger.accounts if account.grows]
    await session.execute(_renewal(ledger), {"minutes": list(minutes), "growing": growing})
    for finer, step in (("minute", "hour"), ("hour", "day")):
        query = {
            "minutes": list(minutes),
            "accounts": accounts,
            "finer": finer,
            "step": step,
            "span": STEPS[step],
        }
        await session.execute(_ROLL_UP, query)


async def list_digests(
    session: Session,
    ledger: Ledger,
    account: Account,
    *,
    step: str,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[Digest]:
    """The spans that hold something, or may, by their beginning: `since` inclusive, `until` not."""
    query: dict[str, Any] = {
        "ledger": ledger.name,
        "account": account.name,
        "step": step,
        "span": STEPS[step],
        "since": since,
        "until": until,
        "limit": limit,
    }
    return [Digest(**row) for row in (await session.execute(_LIST, query))]


async def list_ids(
    session: Session, account: Account, *, minute: datetime, after: UUID | None, limit: int
) -> list[tuple[UUID, int]]:
    """The ids of one minute beyond `after`, each with how often it is counted; as the rows are."""
    since = "CAST(:minute AS timestamptz)"
    ids = account.ids.format(since=since, until=f"({since} + interval '1 minute')")
    query = {"minute": minute, "after": after, "limit": limit}
    rows = await session.execute(_IDS.format(ids=ids), query)
    return [(row["id"], row["times"]) for row in rows]


async def count_totals(session: Session, accounts: Collection[str]) -> dict[str, int]:
    """How many ids stand in each account in all, as of the last renewal: read from the days."""
    rows = await session.execute(_TOTALS, {"accounts": list(accounts)})
    return {**dict.fromkeys(accounts, 0), **{row["account"]: row["count"] for row in rows}}
