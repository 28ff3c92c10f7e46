"""What is drawn: the same in every run, unless chance is asked for."""

import secrets

import pytest

USUAL = 4


def seed_of(config: pytest.Config) -> int:
    """What `--seed` says, or one drawn by `--by-chance`, or the usual one."""
    seed: int = config.getoption("--seed")
    if seed:
        return seed
    return secrets.randbelow(1 << 32) + 1 if config.getoption("--by-chance") else USUAL
