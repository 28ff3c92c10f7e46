"""Plans that are kept stay good when the tables, empty when they were made, have grown.

A kept plan may not go through a list of parameters once for every row that it meets, nor through a
table whole: the first costs the square of a batch, the second grows with the data for ever.
"""

import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import asyncpg
import pytest

from shared.connections import driver_url
from shared.messaging.outbox.gate import is_open
from shared.messaging.outbox.journal import horizon
from shared.statements import translate
from tests.support.infrastructure import DatabaseFactory

KEPT = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
RISKY = ("unnest(", "FROM journal WHERE id = p.id OFFSET")
# One, or one for each topic, day or month.
FEW_ROWS = (
    "producer",
    "journal_cursor",
    "heartbeat",
    "rolled",
    "load_kept",
    "pay_check",
    "pay_month",
)
FRAGMENTS = (
    "_JOURNAL",
    "LOCK_POINTS",
    "_ENTRIES_BY",
    "_ENTRIES_AMONG",
    "_ACTIVITIES_BY",
    "_SOLD",
    "_LEADS",
)  # parts of several that begin as a statement does
BEGINNINGS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE")
# A plan of sales has few blocks, which one statement changes together. What can be sold is held
# against everything that was, whose kinds are few.
BOUNDED = (
    "services.kpi.repository.plan.blocks._CHANGE",
    "services.kpi.repository.territories.sold._SUMS",
)
SCANS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan")


def _statements(*packages: str) -> Iterator[tuple[str, str]]:
    """The statements that take a list or go from row to row, by the names of their constants."""
    for package in map(importlib.import_module, packages):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                if f"{found.name}.{name}" in BOUNDED:
                    continue
                if not isinstance(value, str) or not value.lstrip().startswith(BEGINNINGS):
                    continue
                if "unnest(" in value and name not in FRAGMENTS:
                    yield f"{found.name}.{name}", _whole(value)


def _whole(sql: str) -> str:
    """Without further conditions, where it may have some."""
    parts = {"horizon": horizon(), "is_open": is_open(), "where": "", "since": ":now"}
    for place, text in parts.items():
        sql = sql.replace(f"{{{place}}}", text)
    return sql


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _faults(plan: Mapping[str, Any]) -> Iterator[str]:
    for node in _nodes(plan):
        children: Sequence[Mapping[str, Any]] = node.get("Plans", ())
        if node["Node Type"] == "Nested Loop" and _goes_through_a_list(children[-1]):
            yield "goes through the list for every row"
        by_key = any("Cond" in name for name in node)
        if node["Node Type"] in SCANS and not by_key and node["Relation Name"] not in FEW_ROWS:
            yield f"reads {node['Relation Name']} whole"


def _goes_through_a_list(plan: Mapping[str, Any]) -> bool:
    while plan["Node Type"] in ("Materialize", "Subquery Scan", "Memoize", "Sort"):
        plan = plan["Plans"][0]
    # The items of a row's own document are no list of parameters, nor are values in the statement.
    if plan["Node Type"] == "Function Scan":
        return bool(plan.get("Function Name", "unnest") == "unnest")
    return bool(plan["Node Type"] == "CTE Scan")


async def _kept_plan(connection: asyncpg.Connection, sql: str) -> Mapping[str, Any]:
    translated = translate(sql).sql if ":" in sql.replace("::", "") else sql
    await connection.execute(f"PREPARE kept AS {translated}")
    width = await connection.fetchval(
        "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'kept'"
    )
    nothing = f"({', '.join(['NULL'] * width)})" if width else ""
    lines = await connection.fetch(f"EXPLAIN (FORMAT JSON) EXECUTE kept{nothing}")
    await connection.execute("DEALLOCATE kept")
    plan: Mapping[str, Any] = json.loads(lines[0][0])[0]["Plan"]
    return plan


@pytest.mark.parametrize("service", ["intake", "routing", "history", "kpi"])
async def test_the_plans_kept_on_empty_tables_are_good(
    migrated_database: DatabaseFactory, service: str
) -> None:
    url = await migrated_database(service)
    connection = await asyncpg.connect(driver_url(url), server_settings=KEPT)
    statements = dict(_statements(f"services.{service}", "shared.messaging"))
    faults: dict[str, list[str]] = {}
    for name, sql in statements.items():
        found = list(_faults(await _kept_plan(connection, sql)))
        if found:
            faults[name] = found
    await connection.close()

    assert len(statements) > 10
    assert faults == {}, faults
