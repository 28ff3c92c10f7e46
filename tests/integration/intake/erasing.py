"""Erasing in intake's harness, and all that is stored there as text."""

from typing import Any
from uuid import UUID

from services.intake.use_cases.erasure.finish import finish_slice
from tests.integration.intake.harness import House

_COLUMNS = """
SELECT c.table_name AS t, c.column_name AS c, c.data_type AS d
FROM information_schema.columns AS c JOIN information_schema.tables USING (table_name)
WHERE c.table_schema = 'public' AND table_type = 'BASE TABLE'
"""


async def order(house: House, contact_id: UUID, *, version: int | None = None) -> Any:
    """The answer to an erasure, as the preview has shown the person."""
    if version is None:
        preview = await house.get(f"/v1/contacts/{contact_id}/erasure-preview")
        version = preview["version"]
    return await house.client.post(
        f"/v1/contacts/{contact_id}/erase",
        json={"reason": "requested"},
        headers={**house.as_("admin"), "if-match": str(version)},
    )


async def finish(house: House) -> None:
    while await finish_slice(house.database, clock=house.time):
        pass


async def erase(house: House, contact_id: UUID) -> dict[str, Any]:
    """Erase the person, and finish what intake does of it."""
    answer = await order(house, contact_id)
    assert answer.status_code == 200, answer.text
    await finish(house)
    receipt: dict[str, Any] = await house.get(f"/v1/erasures/{answer.json()['erasure_id']}")
    return receipt


async def lines_with(house: House, *words: str) -> list[str]:
    """Where any of the words stands, in any row of any table, bytes as what they spell."""
    lines = []
    for row in await house.rows(_COLUMNS):
        column = f'"{row["c"]}"'
        text = f"encode({column}, 'escape')" if row["d"] == "bytea" else f"CAST({column} AS text)"
        rows = await house.rows(
            f'SELECT {text} AS v FROM "{row["t"]}" WHERE {text} ~ :pattern',
            pattern="|".join(words).replace("+", "\\+"),
        )
        lines += [f"{row['t']}.{row['c']}: {item['v']}" for item in rows]
    return lines
