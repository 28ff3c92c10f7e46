"""Tables as they were at an earlier moment, within one test's database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.database import Database, transaction

_COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS names
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = :name AND is_generated = 'NEVER'
"""


@dataclass(frozen=True, slots=True)
class OldTables:
    """`rows`: (table, its columns, its rows as JSON), in an order in which keys allow them."""

    database: Database
    rows: Sequence[tuple[str, str, str]]

    @classmethod
    async def of(cls, database: Database, *tables: str) -> "OldTables":
        rows = []
        async with transaction(database) as session:
            for table in tables:
                names = await session.scalar(_COLUMNS, {"name": table})
                content = await session.scalar(
                    f"SELECT CAST(coalesce(json_agg(t), '[]') AS text) FROM {table} AS t"
                )
                rows.append((table, names, content))
        return cls(database, rows)

    async def bring_back(self) -> None:
        """Empty the tables and write the rows of that moment."""
        async with transaction(self.database) as session:
            await session.execute(
                f"TRUNCATE {', '.join(table for table, _, _ in self.rows)} CASCADE"
            )
            for table, names, content in self.rows:
                await session.execute(
                    f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names}"
                    f" FROM json_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS json))",
                    {"rows": content},
                )


async def content_of(database: Database, statements: dict[str, str]) -> dict[str, list[Any]]:
    """The rows of each statement, sorted."""
    async with transaction(database) as session:
        return {
            name: sorted(
                (tuple(dict(row).values()) for row in await session.execute(statement)), key=repr
            )
            for name, statement in statements.items()
        }
