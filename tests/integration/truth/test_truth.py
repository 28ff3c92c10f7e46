"""Every indicator agrees with what the rows of history say, in companies by chance."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.truth.carded import cards_of_sales
from tests.integration.truth.company import live
from tests.integration.truth.comparing import Comparison
from tests.integration.truth.conftest import Office
from tests.integration.truth.delivery import deliver_to_history, deliver_to_kpi
from tests.integration.truth.knowledge import knowledge_of
from tests.integration.truth.load_questions import ask_about_load
from tests.integration.truth.money_questions import ask_about_money
from tests.integration.truth.questions import (
    ask_about_curves,
    ask_about_leads,
    ask_about_people,
)
from tests.integration.truth.rows import read_story
from tests.integration.truth.spending import put_rule, spend
from tests.integration.truth.views import views
from tests.integration.truth.waited import ask_about_waits
from tests.support.chance import USUAL, seed_of
from tests.support.journal_events import journal_events

BY_CHANCE = -1
SEEDS = (1, 2, 3)
DEEDS = 220


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    count, first = (metafunc.config.getoption(name) for name in ("--companies", "--seed"))
    another = BY_CHANCE if metafunc.config.getoption("--by-chance") else USUAL
    seeds = range(first, first + count) if count else (*SEEDS, first or another)
    metafunc.parametrize("seed", seeds, ids=lambda seed: "chance" if seed < 0 else f"seed-{seed}")


async def test_the_indicators_agree_with_the_story(
    office: Office, seed: int, pytestconfig: pytest.Config
) -> None:
    # Of many companies each is asked less.
    parts = 5 if pytestconfig.getoption("--companies") else 2
    seed = seed_of(pytestconfig) if seed == BY_CHANCE else seed
    print(f"the company of seed {seed}")  # noqa: T201  to live it again
    company = live(seed, deeds=DEEDS)
    choice, events = random.Random(seed), company.telling.events
    days = sorted({item.envelope.time.date() for item in events})
    told_on = [datetime.combine(day, datetime.min.time(), UTC) for day in choice.sample(days, 6)]
    spent = await spend(office, company, sorted(told_on))
    hours = choice.choice((0, 5, 72, 720))
    await put_rule(office, hours)
    office.clock.now = now = company.telling.at + timedelta(hours=choice.randrange(1, 60))
    told = [*events, *await journal_events(office.kpi)]
    await deliver_to_history(office.history, told, choice, now=now)
    await deliver_to_kpi(office.kpi, events, choice, now=now)
    story = await read_story(office.history)
    sold, bought = await cards_of_sales(office.kpi, office.history, now=now)
    assert bought == sold
    comparison = Comparison(office.door, choice, parts)
    for asked in views(story, choice):
        knowledge = knowledge_of(story, asked.known_on, asked.known_before(now))
        knowledge.same_sale_hours = hours
        await ask_about_leads(comparison, knowledge, asked)
        await ask_about_curves(comparison, knowledge, asked, now)
        await ask_about_people(comparison, knowledge, asked, story, now)
        await ask_about_money(comparison, knowledge, asked, spent)
        await ask_about_load(comparison, knowledge, asked, story, now)
        await ask_about_waits(comparison, knowledge, asked, story, now)
    words = "\n".join(comparison.differences[:40])
    assert not words, f"seed {seed}: {len(comparison.differences)} differences\n{words}"
    assert comparison.numbers > 1000
