"""Who works in the sample company, and when."""

import pytest

from deploy.embedded.demo import company


@pytest.mark.parametrize("hour", range(24))
def test_somebody_of_each_pool_is_on_duty_at_any_hour(hour: int) -> None:
    assert {manager.pool for manager in company.on_duty(hour)} == {
        pool.key for pool in company.POOLS
    }


def test_nobody_works_around_the_clock() -> None:
    for manager in company.MANAGERS:
        assert 6 <= sum(manager.on_duty(hour) for hour in range(24)) <= 10
