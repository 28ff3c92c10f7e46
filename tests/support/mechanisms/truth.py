"""What keeps the indicators in step with the story that history tells."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.history.domain.entries import _facts
from shared.contracts.envelope import Event
from tests.support.mechanisms.mechanism import Mechanism, always

TRUTH_TEST = (
    "tests/integration/truth/test_truth.py::test_the_indicators_agree_with_the_story[seed-1]"
)


def _without_amounts(event: Event) -> dict[str, Any]:
    facts = _facts(event)
    facts.pop("amount", None)
    return facts


def _midnight_of_utc(day: date, _zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


TRUTH: tuple[Mechanism, ...] = (
    Mechanism(
        "a reopened win counts once",
        10,
        (TRUTH_TEST,),
        {"services.kpi.domain.stories.course:take_back": always(None)},
    ),
    Mechanism(
        "the story has what figures rest on",
        10,
        (TRUTH_TEST,),
        {"services.history.domain.entries:_facts": _without_amounts},
    ),
    Mechanism(
        "days are the zone's",
        10,
        (TRUTH_TEST,),
        {"services.kpi.domain.periods:day_begin": _midnight_of_utc},
    ),
)
