"""How long one step of each lead took, and whether the time that was promised for it was kept."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.integration.truth.asked import Asked, response
from tests.integration.truth.comparing import Comparison
from tests.integration.truth.funnels import values
from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.leads import ToldLead
from tests.integration.truth.people import seconds_between
from tests.integration.truth.rows import Row
from tests.integration.truth.worked import Clock, clocks

STEPS = ("owner", "accept", "first_touch", "sale")
AXES = (
    "source", "channel", "campaign", "region", "product", "pipeline", "manager", "day", "week",
    "month", "hour", "weekday",
)  # fmt: skip
BINS = (60, 300, 900, 1800, 3600, 14_400, 28_800, 86_400, 259_200, 604_800)


async def ask_about_waits(
    comparison: Comparison, knowledge: Knowledge, asked: Asked, story: list[Row], now: datetime
) -> None:
    begins = min(row.at for row in knowledge.rows)
    for step in comparison.some(STEPS):
        axis, time = comparison.choice.choice(AXES), comparison.choice.choice(("clock", "working"))
        worked = clocks(story, begins, now) if time == "working" else None
        params = {**asked.params(), "step": step, "group_by": axis, "time": time}
        page = await comparison.ask(
            "/v1/response-times/distribution", {**params, "compare": "previous"}
        )
        question = f"{asked} {time} waits for {step} by {axis}"
        told = waits(knowledge, asked, step, axis, worked, now)
        before = waits(knowledge, asked.previous(), step, axis, worked, now)
        whole = page["totals"]
        comparison.agree(f"{question} totals", _own(whole), told.pop(None, figures([], [])))
        previous = before.pop(None, figures([], []))
        comparison.agree(f"{question} totals before", whole["previous"], previous)
        rows = {(row["value"],): row for row in page["rows"]}
        is_of_time = axis in {"day", "week", "month"}
        shown = {key: _own(row) for key, row in rows.items()}
        ours = told if is_of_time else {**dict.fromkeys(before, figures([], [])), **told}
        comparison.agree(question, shown, ours)
        if not is_of_time:
            earlier = {key: row["previous"] for key, row in rows.items()}
            theirs = {**dict.fromkeys(told, figures([], [])), **before}
            comparison.agree(f"{question} before", earlier, theirs)


def _own(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in figures([], [])}


def waits(  # noqa: PLR0917  six things are needed
    knowledge: Knowledge,
    asked: Asked,
    step: str,
    axis: str,
    worked: Mapping[UUID, Clock] | None,
    now: datetime,
) -> dict[Any, dict[str, Any]]:
    """By value of the axis, in a tuple, and of all by None."""
    seconds: dict[Any, list[float]] = defaultdict(list)
    promises: dict[Any, list[bool]] = defaultdict(list)
    for lead in knowledge.real_leads():
        if not asked.covers(lead.received_at):
            continue
        key = (_value(knowledge, asked, lead, step, axis),)
        start, end, deadline = _way(knowledge, lead, step)
        if start is not None and end is not None:
            took = seconds_between(knowledge, lead, start, end, worked)
            for place in (key, None):
                seconds[place].append(took)
        is_kept = deadline is not None and end is not None and end <= deadline
        for place in (key, None):
            promises[place] += []
            # Whoever was erased in time takes the promise back.
            if deadline is not None and (
                is_kept or deadline <= min(asked.known_before(now), lead.aside_at or deadline)
            ):
                promises[place].append(is_kept)
    return {key: figures(seconds[key], promises[key]) for key in promises}


def figures(seconds: list[float], promises: list[bool]) -> dict[str, Any]:
    """Each number of one row."""
    bounds = list(zip((-1, *BINS), (*BINS, None), strict=True))
    kept = sum(promises)
    return {
        **response(seconds),
        "bins": [
            {
                "up_to_seconds": end,
                "count": sum(start < each and (end is None or each <= end) for each in seconds),
            }
            for start, end in bounds
        ],
        "promise": {
            "due": len(promises),
            "kept": kept,
            "share": kept / len(promises) if promises else None,
        },
    }


def _way(
    knowledge: Knowledge, lead: ToldLead, step: str
) -> tuple[datetime | None, datetime | None, datetime | None]:
    contacted_at, lease = knowledge.contacted_at(lead), lead.first_lease
    accept_by, touch_by = (lease.accept_by, lease.first_touch_by) if lease else (None, None)
    return {
        "owner": (lead.received_at, lead.assigned_at, None),
        "accept": (lead.assigned_at, lead.accepted_at, accept_by),
        "first_touch": (lead.received_at, contacted_at, touch_by),
        "sale": (contacted_at, lead.won.at if lead.won else None, None),
    }[step]


def _value(knowledge: Knowledge, asked: Asked, lead: ToldLead, step: str, axis: str) -> Any:
    shown = lead.received_at.astimezone(ZoneInfo(asked.tz))
    if axis == "hour":
        return shown.hour
    if axis == "weekday":
        return shown.isoweekday()
    if axis == "manager":
        whose = _whose(knowledge, lead, step)
        return None if whose is None else str(whose)
    return values(knowledge, asked, lead)[axis]


def _whose(knowledge: Knowledge, lead: ToldLead, step: str) -> UUID | None:
    """Who had the lead first, at the first touch, or closed it."""
    if step == "sale":
        return lead.outcome.closed_by if lead.outcome else None
    if step != "first_touch":
        holdings = knowledge.holdings(lead)
        return holdings[0].manager_id if holdings else None
    contacted_at = knowledge.contacted_at(lead)
    if contacted_at is None:
        return None
    had = [holding for holding in lead.holdings if holding.covers(contacted_at)]
    return had[-1].manager_id if had else None
