"""No statement of a loop reads a whole table that grows with the data."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.dialects import postgresql

from services.history.repository.reconciliation import INQUIRIES as LINES
from services.history.use_cases.activities import forget_unconfirmed, settle_activities
from services.intake.repository.queue import list_apart, list_pending
from services.intake.repository.reconciliation import INQUIRIES, SUBMISSIONS
from services.intake.use_cases import gauges as intake_gauges
from services.intake.use_cases.reconcile import reconcile
from services.kpi.domain.months import month_of
from services.kpi.domain.motivation.targets import COMPANY, Target
from services.kpi.repository.load.keeping import keep_load_next
from services.kpi.repository.reconciliation import INQUIRIES as FIGURES
from services.kpi.repository.rollups.sealing import roll_up_next
from services.kpi.use_cases.motivation.attain import emit_attainments
from services.kpi.use_cases.motivation.targets import put_targets
from services.routing.repository import reconciliation as routed
from services.routing.repository.pools.reweighing import weigh_all_anew
from services.routing.repository.pools.shadow import forget
from services.routing.use_cases import gauges as routing_gauges
from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.departures import departing
from services.routing.use_cases.leases.escalate import serve_escalated
from services.routing.use_cases.leases.unowned import Sweep
from services.routing.use_cases.pools.shadow import follow, set_shadow
from services.routing.use_cases.timers import tick
from services.routing.use_cases.walks import Walks
from shared.clock import system_clock
from shared.database import Database, Session, open_database, transaction
from shared.messaging.gauges import show_mailbox
from shared.messaging.outbox.journal import journal_page
from shared.messaging.outbox.relay import Relay, read_due
from shared.reconciliation.digests import Ledger, list_digests, list_ids, renew, renew_oldest
from shared.runtime.in_flight import InFlight
from tests.integration.growth.grown import MESSAGING, ROWS, SMALL, TABLES
from tests.support.infrastructure import DatabaseFactory
from tests.support.scripted_log import ScriptedLog

ZONE = ZoneInfo("Europe/Moscow")
Round = Callable[[Database], Awaitable[object]]
Statement = tuple[Any, Any]


async def _messaging(database: Database) -> None:
    await read_due(Relay(database, ScriptedLog()))
    async with transaction(database) as session:
        await show_mailbox(session)
        await journal_page(session)


async def _digests(database: Database, *ledgers: Ledger) -> None:
    """A minute of last night has changed; the whole of it is renewed, shown and looked through."""
    minute = (system_clock() - timedelta(hours=9)).replace(second=0, microsecond=0)
    for ledger in ledgers:
        async with transaction(database) as session:
            await session.execute(
                "INSERT INTO reconciliation_mark VALUES (:ledger, :minute)",
                {"ledger": ledger.name, "minute": minute},
            )
        await renew(database, ledger)
        async with transaction(database) as session:
            await renew_oldest(session, ledger, limit=5)
            for account in ledger.accounts:
                await list_ids(session, account, minute=minute, after=None, limit=100)
                await list_digests(
                    session,
                    ledger,
                    account,
                    step="minute",
                    since=minute,
                    until=system_clock(),
                    limit=9,
                )


async def _intake(database: Database) -> None:
    await _digests(database, INQUIRIES, SUBMISSIONS)
    await reconcile(database, [], now=system_clock(), grace=timedelta(seconds=30))
    async with transaction(database) as session:
        await intake_gauges.show_counts(session)
        await list_pending(session, after=UUID(int=0), limit=500, largest=8192)
        await list_apart(session, lane=1, after=UUID(int=0), limit=500)


async def _routing(database: Database) -> None:
    async with transaction(database) as session:
        await set_shadow(session, "default", {}, now=system_clock())
        await weigh_all_anew(session)
    await tick(database, clock=system_clock, touched_until=system_clock)
    await assign_waiting(database, InFlight(database, LOOP), Walks(), clock=system_clock)
    await follow(database, now=system_clock())
    await serve_escalated(database, clock=system_clock)
    await Sweep(database, Walks(), system_clock, seconds=120).run()
    await departing.step(database, clock=system_clock)
    await _digests(database, routed.INQUIRIES)
    async with transaction(database) as session:
        await routing_gauges.show_counts(session)
        await forget(session, before=system_clock())


async def _history(database: Database) -> None:
    await _digests(database, LINES)
    async with transaction(database) as session:
        await settle_activities(session, now=system_clock())
        await forget_unconfirmed(session, now=system_clock())


async def _kpi(database: Database) -> None:
    await _digests(database, FIGURES)
    async with transaction(database) as session:
        assert await roll_up_next(session, days=1)
        # A day, and the blocks that it makes whole.
        assert await keep_load_next(session)
    now = system_clock()
    async with transaction(database) as session:
        target = Target(month_of(now, ZONE), COMPANY, "revenue", Decimal(1), "RUB")
        await put_targets(session, [target], author="admin", now=now, dry_run=False)
        assert await emit_attainments(session, ZONE, now=now)
        session.emitted.clear()  # an event of today would change how messaging's own tables look


ROUNDS: Mapping[str, Round] = {
    "intake": _intake,
    "routing": _routing,
    "history": _history,
    "kpi": _kpi,
}


@pytest.fixture
async def grown(
    request: pytest.FixtureRequest, migrated_database: DatabaseFactory
) -> AsyncIterator[Database]:
    """The database of one service, full."""
    service: str = request.param
    database = open_database(await migrated_database(service), service=service, background=True)
    for statements in (MESSAGING, TABLES[service]):
        for statement in statements.values():
            async with transaction(database) as session:
                await session.execute(statement)
    async with transaction(database) as session:
        # Filled at once, its minutes would all be counted anew; that is another test's concern.
        await session.execute("TRUNCATE reconciliation_mark")
        await session.execute("ANALYZE")
    yield database
    await database.close()


@pytest.mark.parametrize("grown", ROUNDS, indirect=True)
async def test_no_loop_reads_a_growing_table_whole(
    grown: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = await _recorded(grown, [_messaging, ROUNDS[grown.service]], monkeypatch)
    growing = {*MESSAGING, *TABLES[grown.service]} - SMALL
    assert len(statements) > 10
    faults = [
        f"{table}: {statement}"
        for statement, parameters in statements
        for table in await _scanned_whole(grown, statement, parameters)
        if table in growing
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("grown", ["kpi"], indirect=True)
async def test_a_whole_scan_would_be_seen(grown: Database) -> None:
    statement = "SELECT count(*) FROM inquiry AS i"
    assert await _scanned_whole(grown, statement, None) == ["inquiry"]


async def _recorded(
    database: Database, rounds: Sequence[Round], monkeypatch: pytest.MonkeyPatch
) -> list[Statement]:
    """Every statement of the rounds, with the parameters it was run with."""
    statements: list[Statement] = []
    execute = Session.execute

    async def record(self: Session, statement: Any, parameters: Any = None) -> Any:
        statements.append((statement, parameters))
        return await execute(self, statement, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "execute", record)
        for run in rounds:
            await run(database)
    return statements


async def _scanned_whole(database: Database, statement: Any, parameters: Any) -> list[str]:
    """The tables that a statement's plan reads from end to end: their heap, or an index of theirs
    without a condition and without a limit above.
    """
    text = statement if isinstance(statement, str) else _compiled(statement)
    if not text.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
        return []
    async with transaction(database) as session:
        plan = await session.scalar(f"EXPLAIN (FORMAT JSON) {text}", parameters)
    parsed = json.loads(plan) if isinstance(plan, str) else plan
    return list(_whole(parsed[0]["Plan"], limited=False))


def _whole(node: Mapping[str, Any], *, limited: bool) -> list[str]:
    kind = node["Node Type"]
    limited = limited or kind == "Limit"
    tables = []
    condition = "Recheck Cond" if kind == "Bitmap Heap Scan" else "Index Cond"
    indexed = "Index" in kind or kind == "Bitmap Heap Scan"
    unconditional = indexed and condition not in node and not _partial(node)
    if kind == "Seq Scan" or (unconditional and not limited and "Relation Name" in node):
        tables.append(node["Relation Name"])
    for child in node.get("Plans", []):
        tables += _whole(child, limited=limited)
    return tables


def _partial(node: Mapping[str, Any]) -> bool:
    """Read whole without a condition, a partial index is as short as what it was made for."""
    rows: int = node["Plan Rows"]
    return rows < ROWS / 10


def _compiled(statement: Any) -> str:
    dialect: Any = postgresql.dialect
    return str(statement.compile(dialect=dialect(), compile_kwargs={"literal_binds": True}))
