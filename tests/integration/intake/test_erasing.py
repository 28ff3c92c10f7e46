"""A person is erased: nothing of them is left, and nothing that comes late brings them back."""

import asyncio
from typing import Any
from uuid import UUID

from services.intake.use_cases.erasure.finish import finish_slice
from tests.integration.intake import exchanges
from tests.integration.intake.harness import House, one
from tests.integration.intake.test_restoring import ask

ANNA, BORIS = "+79161234567", "+79167654321"


async def erase(house: House, contact_id: UUID, *, status: int = 200) -> dict[str, Any]:
    preview = await house.get(f"/v1/contacts/{contact_id}/erasure-preview")
    answer = await house.client.post(
        f"/v1/contacts/{contact_id}/erase",
        json={"reason": "requested"},
        headers={**house.as_("admin"), "if-match": str(preview["version"])},
    )
    assert answer.status_code == status, answer.text
    receipt: dict[str, Any] = answer.json()
    while await finish_slice(house.database, clock=house.time):
        pass
    return receipt


async def everything(house: House) -> str:
    """Every row of every table as text, bytes as what they spell."""
    tables = await house.rows(
        "SELECT c.table_name AS t, c.column_name AS c, c.data_type AS d"
        " FROM information_schema.columns AS c JOIN information_schema.tables USING (table_name)"
        " WHERE c.table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    parts = []
    for row in tables:
        value = f"encode({row['c']}, 'escape')" if row["d"] == "bytea" else f"CAST({row['c']} AS text)"
        value = value.replace(row["c"], f'"{row["c"]}"', 1)
        values = await house.rows(f'SELECT {value} AS v FROM "{row["t"]}"')
        parts += [f"{row['t']}.{row['c']}: {item['v']}" for item in values if item["v"]]
    return "\n".join(parts)


async def test_nothing_of_an_erased_person_is_left_and_all_of_another_stays(house: House) -> None:
    anna = await ask(house, ANNA, text="zzword", subject="zzsubject", external_id="zz-1")
    boris = await ask(house, BORIS, text="otherword")
    await erase(house, anna)
    left = await everything(house)
    for word in ("zz", "9161234567"):
        assert word not in left, [line for line in left.splitlines() if word in line]
    for word in ("otherword", BORIS):
        assert word in left
    assert await ask(house, ANNA, text="I am back") != anna
    assert await ask(house, BORIS) == boris


async def test_what_comes_late_of_an_erased_person_is_known_and_not_kept(house: House) -> None:
    await exchanges.connect(house)
    start, end, record = exchanges.zadarma("in_1")
    await exchanges.tell(house, "zadarma", [start, end])
    inquiry = one(await house.rows("SELECT inquiry_id, contact_id FROM inquiry"))
    anna = await ask(house, ANNA, text="zzword", external_id="zz-1")
    await erase(house, inquiry["contact_id"])
    await asyncio.gather(exchanges.tell(house, "zadarma", [end, record]))
    again = await house.native(
        {"channel": "form", "contact": {"phones": [ANNA]}, "external_id": "zz-1"}
    )
    await house.normalise()
    receipt = await house.receipt(again)
    assert (receipt["state"], receipt["reason"]) == ("ignored", "duplicate")
    if inquiry["contact_id"] != anna:
        await erase(house, anna)
    left = await everything(house)
    assert "zz" not in left
    assert "9161234567" not in left, [line for line in left.splitlines() if "9161234567" in line]
