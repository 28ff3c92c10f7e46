"""Managers' load, asked in one view, beside the period before, with what its numbers count."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.integration.truth import loaded
from tests.integration.truth.asked import UNITS, Asked
from tests.integration.truth.comparing import Comparison
from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.leads import Holding
from tests.integration.truth.loaded import Interval, Manager
from tests.integration.truth.rows import Row

LONGEST_BY_HOURS = timedelta(days=4)
LEADS = ("came", "went", "open_average", "open_peak", "units_average", "utilisation")
MINUTES = (
    "capacity_average", "over_capacity_minutes", "present_minutes", "shift_minutes",
    "present_on_shift_minutes",
)  # fmt: skip


async def ask_about_load(
    comparison: Comparison, knowledge: Knowledge, asked: Asked, story: Sequence[Row], now: datetime
) -> None:
    course = loaded.course_of(knowledge, story, now)
    units = ["day", "week", "month", "period"]
    if asked.end - asked.first <= LONGEST_BY_HOURS:
        units += ["hour", "hour"]
    until = min(now, asked.known_before(now))
    unit = comparison.choice.choice(units)
    steps = loaded.steps(asked, unit, until)
    twins = _twins(asked, unit, steps)
    params = {**asked.params(), "step": unit, "compare": "previous"}
    page = await comparison.ask("/v1/managers/load", params)
    company = await comparison.ask("/v1/managers/load/company", params)
    question = f"{asked} load by {unit}"
    shown = [tuple(map(_moment, step.values())) for step in page["steps"]]
    comparison.agree(f"{question} steps", [*map(str, shown)], [*map(str, map(tuple, steps))])
    comparison.agree(f"{question} managers", sorted(map(_id, page["rows"])), [*course.managers])
    whole = ("company", company, list(course.managers.values()))
    rows = [(_id(row), row, [course.managers[_id(row)]]) for row in page["rows"]]
    for name, row, managers in (*rows, whole):
        told = [loaded.figures(course, managers, step) for step in steps]
        comparison.agree(f"{question} {name}", row["figures"], _columns(told))
        earlier = [twin and loaded.figures(course, managers, twin) for twin in twins]
        comparison.agree(f"{question} {name} before", row["previous"], _columns(earlier))
    if steps:
        for number, measure in enumerate(comparison.some((*LEADS, *MINUTES))):
            name, row, managers = whole if number % 3 == 0 else comparison.choice.choice(rows)
            place = comparison.choice.randrange(len(steps))
            told = row["figures"][measure][place]
            ask = {**asked.params(), "measure": measure, "limit": "200"}
            ask |= {} if name == "company" else {"manager": name}
            if unit != "period":
                ask |= {"step": unit, "begins_at": steps[place][0].isoformat()}
            await _lead(comparison, f"{question} {ask}", ask, told, managers, steps[place])


async def _lead(  # noqa: PLR0917  six things are needed
    comparison: Comparison,
    question: str,
    ask: dict[str, str],
    number: float,
    managers: Sequence[Manager],
    step: Interval,
) -> None:
    page = await comparison.ask("/v1/managers/load/items", ask)
    items = page["items"]
    comparison.agree(f"{question} leads to", page["total"], number)
    if page["next_cursor"] is None and number is not None:
        values = sum(item["value"] for item in items)
        comparison.agree(f"{question} adds up", float(values), float(number))
    if ask["measure"] not in MINUTES and page["next_cursor"] is None:
        shown = sorted((item["manager_id"], str(_moment(item["begins_at"]))) for item in items)
        told = _counted(ask["measure"], managers, step)
        pairs = sorted((str(each.manager_id), str(each.since)) for each in told)
        comparison.agree(f"{question} lists", shown, pairs)


def _counted(measure: str, managers: Sequence[Manager], step: Interval) -> list[Holding]:
    start, end = step
    if measure == "open_peak":
        return loaded.peak(managers, step)
    holdings = [holding for manager in managers for holding in manager.holdings]
    spans = [(holding, *loaded.span_of(holding)) for holding in holdings]
    if measure == "came":
        return [each for each, since, _ in spans if start <= since < end]
    if measure == "went":
        return [each for each, _, until in spans if start <= until < end]
    return [each for each, since, until in spans if max(since, start) < min(until, end)]


def _twins(asked: Asked, unit: str, steps: Sequence[Interval]) -> list[Interval | None]:
    """For each step that of the same number before, if it has as many days, or lasts as long and
    shows the same hour; as much of it as has passed of the step.
    """
    never = loaded.FOR_EVER
    before = asked.previous()
    whole = {step[0]: step for step in loaded.steps(asked, unit, never)}
    twins = {step[0]: step for step in loaded.steps(before, unit, never)}
    keys, keys_before = (
        _keys(each, unit, list(steps))
        for each, steps in ((asked, whole.values()), (before, twins.values()))
    )
    places = {key: begin for begin, key in keys_before.items()}
    found: list[Interval | None] = []
    for begin, end in steps:
        twin = twins.get(places.get(keys[begin], begin))
        if twin is not None and end < whole[begin][1]:
            twin = (twin[0], min(twin[1], twin[0] + (end - begin)))
        found.append(twin)
    return found


def _keys(asked: Asked, unit: str, steps: Sequence[Interval]) -> dict[datetime, Any]:
    """What is alike of the steps that stand beside one another."""
    if unit == "period":
        return {begin: 0 for begin, _ in steps}
    if unit in UNITS:
        days = [*loaded.firsts(asked, unit), asked.end]
        lengths = [
            (number, loaded.days_between(asked, day, after))
            for number, (day, after) in enumerate(pairwise(days))
        ]
        begins = loaded.begins(asked, unit)
        return dict(zip(begins, lengths, strict=True))
    keys: dict[datetime, Any] = {}
    for begin, end in steps:
        shown = begin.astimezone(ZoneInfo(asked.tz))
        hour = ((shown.date() - asked.first).days, shown.hour)
        times = sum(key[0] == hour for key in keys.values())
        keys[begin] = (hour, times, end - begin)
    return keys


def _columns(rows: Sequence[dict[str, Any] | None]) -> dict[str, list[Any]]:
    names = (*LEADS, *MINUTES)
    return {name: [row and row[name] for row in rows] for name in names}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _id(row: dict[str, Any]) -> str:
    return str(UUID(row["manager_id"]))
