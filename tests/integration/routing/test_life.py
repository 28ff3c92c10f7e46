"""Lives of a company, one after another from a seed: `--minutes` says how long, `--seed` which."""

import random
import time
from collections.abc import Callable

import pytest

from tests.integration.routing.harness import Company
from tests.integration.routing.mortal import MortalLife
from tests.support.chance import seed_of
from tests.support.summary import SUMMARY

pytestmark = pytest.mark.timeout(0)
LIVES = 4  # usually: on a quick machine nobody must meet by chance what nobody has met before
STEPS = 60


async def test_whatever_happens_the_laws_hold(
    company: Company, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    minutes, began = pytestconfig.getoption("--minutes"), time.monotonic()
    seed = seed_of(pytestconfig)
    lives = 0
    while lives < LIVES if minutes is None else time.monotonic() < began + 60 * minutes:
        life = MortalLife(company, random.Random(seed + lives))
        try:
            await life.live(STEPS)
        except Exception as error:
            error.add_note(f"--seed {seed + lives}\n" + "\n".join(life.diary))
            raise
        lives += 1
    record_property(SUMMARY, f"{lives} lives, the first one again by --seed {seed}")
