"""Of two people one is erased: no word of theirs is left anywhere, every word of the other is, and
all that is counted stays.
"""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.history.repository.projections import clear
from services.history.tables import PROJECTIONS
from services.kpi.tables import metadata as kpi_tables
from services.routing.tables import metadata as routing_tables
from shared.database import transaction
from tests.integration.erasure.story import Customer, Story
from tests.integration.erasure.world import World, open_world
from tests.support.event_streams import contents
from tests.support.infrastructure import DatabaseFactory
from tests.support.old_tables import OldTables

NOTHING: dict[str, list[str]] = {"intake": [], "routing": [], "history": [], "kpi": []}
STATE = ("seen", "held", "erased_contact", "erasure_receipt", "journal", "stream")


@pytest.fixture
async def world(migrated_database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(migrated_database, tmp_path) as opened:
        yield opened


def people() -> tuple[Customer, Customer]:
    return (
        Customer("zanna", "+79161234567", "zanna.q@example.com"),
        Customer("yboris", "+79167654321", "yboris.q@example.org"),
    )


def told_of(customer: Customer, texts: dict[str, list[str]]) -> dict[str, list[str]]:
    """The words of a customer that stand somewhere, by service."""
    return {
        service: sorted({word for word in customer.words for value in values if word in value})
        for service, values in texts.items()
    }


async def tables(world: World) -> dict[str, Any]:
    """What history and kpi made of all events, and what routing did."""
    return {
        "history": await contents(world.databases["history"], PROJECTIONS),
        "kpi": await contents(world.databases["kpi"], kpi_tables.sorted_tables),
        "routing": await contents(world.databases["routing"], [routing_tables.tables["lead"]]),
    }


@pytest.mark.parametrize("seed", range(2))
async def test_no_word_of_an_erased_person_is_left_and_every_figure_stays(
    world: World, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    anna, boris = people()
    story = Story(world, random.Random(seed))
    await story.begin()
    await story.live(anna, boris, steps=6)
    before, figures = await world.texts(), await world.figures()
    assert all(told_of(anna, before)[name] for name in ("intake", "routing", "history"))
    copies = list(world.delivered)
    old = await OldTables.of(
        world.databases["history"], *(table.name for table in PROJECTIONS), "activity", *STATE
    )

    for person_id in await story.people_of(anna):
        receipt = await world.erase(person_id)
    receipt = await world.house.get(f"/v1/erasures/{receipt['erasure_id']}")
    assert receipt["state"] == "confirmed", receipt

    after = await world.texts()
    assert told_of(anna, after) == NOTHING
    assert told_of(boris, after) == told_of(boris, before)
    assert await world.figures() == figures
    present = await tables(world)

    # What was sent before arrives once more, and an older backup hears everything again.
    await _start_again(world)
    await world.deliver(copies)
    await world.deliver(await world.emitted())
    assert await tables(world) == present
    await old.bring_back()
    await world.deliver(copies)
    await world.deliver(await world.emitted())
    await world.finish()
    assert told_of(anna, await world.texts()) == NOTHING

    # Rebuilt from the journals as they are now.
    await _start_again(world)
    await world.deliver(await world.emitted())
    assert await tables(world) == present
    output = "".join(capsys.readouterr())
    assert [word for word in anna.words if word in output] == []


async def _start_again(world: World) -> None:
    """Empty history's projections, and all that it has seen."""
    async with transaction(world.databases["history"]) as session:
        await clear(session)
        await session.execute("TRUNCATE seen, held")
