"""People are erased in the middle of a company's life: history verifies, figures agree with its
rows, and no word of theirs is left wherever one can look, whatever comes later.
"""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.history.use_cases.chain.seal import close_day
from shared.database import transaction
from tests.integration.erasure.late import LateStory
from tests.integration.erasure.reading import answers
from tests.integration.erasure.story import Customer
from tests.integration.erasure.world import World, open_world
from tests.integration.history.sealing import seal
from tests.integration.truth.asked import DAY, Asked
from tests.integration.truth.carded import cards_of_sales
from tests.integration.truth.comparing import Comparison
from tests.integration.truth.knowledge import knowledge_of
from tests.integration.truth.load_questions import ask_about_load
from tests.integration.truth.money_questions import ask_about_money
from tests.integration.truth.questions import ask_about_curves, ask_about_leads, ask_about_people
from tests.integration.truth.rows import Row, read_story
from tests.integration.truth.waited import ask_about_waits
from tests.support.infrastructure import DatabaseFactory

SERVICES = {"intake", "routing", "history", "kpi"}
LAST = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
async def world(migrated_database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(migrated_database, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("seed", range(2))
async def test_who_is_erased_on_the_way_leaves_figures_and_no_word(world: World, seed: int) -> None:
    choice = random.Random(seed)
    anna = Customer("zanna", "+79161234567", "zanna.q@example.com")
    boris = Customer("yboris", "+79167654321", "yboris.q@example.org")
    vera = Customer("xvera", "+79165550000", "xvera.q@example.net")
    story = LateStory(world, choice)
    await story.begin()
    for one in (anna, boris, vera):
        await story.prepare(one)
    await story.live(anna, boris, vera, steps=4)
    if seed % 2:
        await story.join(anna)  # before; else two persons of two points, or what came by chance
    await story.form(anna)  # so that there is an open lead
    await world.deliver()
    await seal(world.databases["history"], now=world.house.time())
    receipts = await _erase(story, anna)
    copies = list(world.delivered)
    await story.come_late(anna)
    await story.join(boris)
    await story.live(boris, vera, steps=4)
    receipts += await _erase(story, boris)
    await story.come_late(boris)
    await world.deliver(copies)
    await world.finish()

    await _receipts(world, receipts)
    await _verified(world)
    await _figures(world, choice)
    await _words(world, story, (anna, boris), vera)


async def _erase(story: LateStory, one: Customer) -> list[str]:
    return [
        (await story.world.erase(person_id))["erasure_id"]
        for person_id in await story.people_of(one)
    ]


async def _receipts(world: World, erasure_ids: list[str]) -> None:
    """Each has that of every service."""
    page = await world.house.get("/v1/erasures")
    by_id = {item["erasure_id"]: item for item in page["items"]}
    assert set(by_id) == set(erasure_ids)
    for item in by_id.values():
        assert item["state"] == "confirmed", item
        assert set(item["services"]) == SERVICES
        assert {each["state"] for each in item["services"].values()} == {"confirmed"}, item


async def _verified(world: World) -> None:
    """Every lead, every contact and every day of history."""
    door, history = world.doors["history"], world.databases["history"]
    now = world.house.time()
    assert await seal(history, now=now + DAY)
    while await close_day(history, now=now + 3 * DAY):
        pass
    async with transaction(history) as session:
        ids = {
            "leads": (await session.execute("SELECT lead_id FROM lead")).scalars(),
            "contacts": (
                await session.execute("SELECT DISTINCT contact_id FROM timeline_entry")
            ).scalars(),
        }
    for what, each in ids.items():
        for one in filter(None, each):
            found = await _get(door, f"/v1/{what}/{one}/timeline/verify")
            assert found["intact"], (what, one, found)
    days = (await _get(door, "/v1/timelines/roots"))["items"]
    assert days
    for day in days:
        found = await _get(door, f"/v1/timelines/roots/{day['day']}/verify")
        assert found["intact"], found


async def _get(door: Any, path: str) -> Any:
    answer = await door.client.get(path, headers=door.as_("admin"))
    assert answer.status_code == 200, f"{path}: {answer.text}"
    return answer.json()


async def _story(world: World) -> list[Row]:
    """History's rows. What one transaction says of a lead may have one version and one millisecond:
    the journals know its order.
    """
    versions = {item.envelope.event_id: item.envelope.version for item in await world.emitted()}
    rows = await read_story(world.databases["history"])
    return [
        replace(row, place=(versions.get(row.place[1], row.place[0]), row.place[1])) for row in rows
    ]


async def _figures(world: World, choice: random.Random) -> None:
    """Each indicator is what history's rows say, and each card what kpi says that was sold."""
    await world.figures()  # settles
    story = await _story(world)
    now = world.house.time()
    knowledge = knowledge_of(story, None, LAST)
    comparison = Comparison(world.doors["kpi"], choice, parts=1)
    days = sorted({row.at.date() for row in story})
    asked = Asked(days[0] - 10 * DAY, days[-1] + 2 * DAY, "Asia/Kathmandu")
    await ask_about_leads(comparison, knowledge, asked)
    await ask_about_curves(comparison, knowledge, asked, now)
    await ask_about_people(comparison, knowledge, asked, story, now)
    await ask_about_money(comparison, knowledge, asked, [])
    await ask_about_load(comparison, knowledge, asked, story, now)
    await ask_about_waits(comparison, knowledge, asked, story, now)
    words = "\n".join(comparison.differences[:40])
    assert not words, f"{len(comparison.differences)} differences\n{words}"
    assert comparison.numbers > 300
    aside = [lead for lead in knowledge.real_leads() if lead.aside_at]
    assert aside, "nothing was set aside"
    sold, bought = await cards_of_sales(
        world.databases["kpi"], world.databases["history"], now=now + timedelta(days=1)
    )
    assert bought == sold
    assert sold


async def _words(
    world: World, story: LateStory, erased: tuple[Customer, ...], other: Customer
) -> None:
    """In every column of every table, and in whatever the doors answer."""
    leads = [lead for one in (*erased, other) for lead in await story._leads(one)]
    contacts = [str(item) for one in (*erased, other) for item in sorted(one.contacts, key=str)]
    inquiries = [item for lead in leads for item in lead["inquiry_ids"]]
    ids = {
        "lead_id": [lead["lead_id"] for lead in leads],
        "contact_id": contacts,
        "inquiry_id": inquiries,
    }
    shown = {name: text async for name, text in answers(world, ids)}
    assert len(shown) > 100, sorted(shown)
    tables = await world.texts()
    words = {word for one in erased for word in one.words}
    for where, text in shown.items():
        found = sorted(word for word in words if word in text)
        assert not found, (where, found)
    for service, values in tables.items():
        left = [(word, value[:200]) for value in values for word in words if word in value]
        assert not left, (service, left[:5])
    # The other's words are where they were: nobody has looked past them.
    for service in ("intake", "history"):
        assert any(word in value for value in tables[service] for word in other.words)
    everything = "\n".join(shown.values())
    assert sum(word in everything for word in other.words) > 5
