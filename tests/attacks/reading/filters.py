"""Mischief in filters of segments: depths, widths, long values, numbers and dates."""

from contextlib import suppress
from typing import Any

from services.history.domain.segments import reading
from services.history.domain.segments.reading import FilterError
from shared import spreadsheets
from tests.attacks.reading.row import Hostile, Row, flood, rows

_NUMBER = {"field": "inquiry_count", "op": "equals"}
_NAME = {"field": "name", "op": "contains", "value": "a"}


def _nested(word: str, *, listed: bool) -> Hostile:
    def made(size: int) -> Any:
        tree: Any = _NAME
        for _ in range(size // 10):
            tree = {word: [tree] if listed else tree}
        return tree

    return made


FILTERS: dict[str, Hostile] = {
    "groups inside one another": _nested("all", listed=True),
    "negations inside one another": _nested("not", listed=False),
    "conditions": lambda n: {"any": [_NAME] * (n // 40)},
    "groups of conditions": lambda n: {"all": [{"any": [_NAME] * 50}] * (n // 2000 + 1)},
    "conditions at fault": lambda n: {"all": [{"field": "x"}] * min(50, n)},
    "values": lambda n: {"field": "tags", "op": "has_any", "value": ["a"] * (n // 4)},
    "a long value": lambda n: _NAME | {"value": "a" * n},
    "a long number": lambda n: {
        "field": "inquiry_count",
        "op": "equals",
        "value": 10 ** min(n, 4000),
    },
    "a long date": lambda n: {"field": "last_seen", "op": "before", "value": "2" * n},
    "members": lambda n: {f"k{number}": 1 for number in range(n // 10)},
}


def _read(tree: Any) -> None:
    with suppress(FilterError):
        reading.read_filter(tree, custom_types={})


SEGMENTS: tuple[Row, ...] = (
    *rows(reading.read_filter, FILTERS, read=_read),
    *rows(
        spreadsheets.harmless,
        {
            "separators": flood(";"),
            "blanks behind a separator": lambda n: ";" + " " * n,
            "line ends and quotes": flood('\n"'),
            "signs": flood(";="),
            "blanks": flood(" "),
        },
    ),
)
