"""The measure itself: nobody is harmed while nothing is attacked."""

import pytest

from tests.attacks.bystanders import Bystanders
from tests.support.stack import Stack

pytestmark = [pytest.mark.attacks, pytest.mark.e2e]


async def test_bystanders_are_served(victim: Stack, bystanders: Bystanders) -> None:
    async with bystanders.watching(), victim.stranger() as stranger:
        for _ in range(5):
            answer = await stranger.post("/intake/v1/hooks/nobody-there", content=b"{}")
            assert answer.status_code == 401
    await bystanders.assert_unharmed()
