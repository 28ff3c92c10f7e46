"""What is drawn: the same in every run, unless chance is asked for."""

import secrets

import pytest
from hypothesis import HealthCheck, Phase, settings

USUAL = 4


def seed_of(config: pytest.Config) -> int:
    """What `--seed` says, or one drawn by `--by-chance`, or the usual one."""
    seed: int = config.getoption("--seed")
    if seed:
        return seed
    return secrets.randbelow(1 << 32) + 1 if config.getoption("--by-chance") else USUAL


def examples(number: int, *, simplified: bool = True) -> settings:
    """So many examples in one world (a database, a server), which the test clears by itself.

    Without `simplified` one that fails is told as it was drawn: a seed does not become simpler
    when it becomes smaller.
    """
    return settings(
        max_examples=number,
        # The second as everywhere: a busy machine draws late.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        phases=list(Phase) if simplified else [Phase.generate],
    )
