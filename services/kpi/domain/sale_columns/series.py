"""What is told of sales, one value after the other. What it is as arrays, `held.py` says."""

from typing import Final, NamedTuple

PEOPLE: Final = "people"
AMOUNTS: Final = "amounts"
ORIGINS: Final = "origins"


class Series(NamedTuple):
    """A column of stretches by its name; with a model, by its bit, and a lookback the values that
    these credit sales to.
    """

    name: str
    model: int = 0
    lookback_days: int = 0

    @property
    def source(self) -> str:
        """The column that it is read from."""
        return ORIGINS if self.model else self.name
