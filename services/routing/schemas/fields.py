"""Types of the fields of bodies and queries: bounded, and storable in PostgreSQL."""

import unicodedata
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from shared.contracts.catalog import TOPICS
from shared.text import LINES, ONE_LINE, require_storable

KEY_PATTERN = "^[A-Za-z0-9_-]{1,64}$"


def _storable(value: str) -> str:
    return unicodedata.normalize("NFC", require_storable(value))


# What routing tells others.
_TOLD = [event.TYPE for topic in TOPICS if topic.producer == "routing" for event in topic.events]
_NAMES = [name.rpartition(".")[0] for name in _TOLD]


def event_name(name: str) -> str:
    """The name of an event, with or without its version. Raises ValueError for one that never
    comes: whoever waited for it would wait for ever.
    """
    if name not in _NAMES and name not in _TOLD:
        raise ValueError(f"one of: {', '.join(_NAMES)}")
    return name


def distinct(values: list[Any]) -> list[Any]:
    """Raises ValueError when one of them occurs twice."""
    if len(set(values)) != len(values):
        raise ValueError("the same one twice")
    return values


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500), LINES]
Label = Annotated[str, StringConstraints(min_length=1, max_length=500), ONE_LINE]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64), ONE_LINE]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]+$"
    ),
    AfterValidator(_storable),
]
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
Level = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
# Work units are kept in thousandths.
Units = Annotated[float, Field(ge=0.001, le=100_000, allow_inf_nan=False)]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4, allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=1, le=31_536_000)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
