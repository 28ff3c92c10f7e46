"""The results of the day as the services report them, before and after it, shown as a table."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from rich.console import Console
from rich.table import Table

from deploy.embedded.demo import company
from deploy.embedded.demo.calling import every, read
from deploy.embedded.demo.plan import Plan
from deploy.embedded.demo.staff import CURRENCY

SUBMISSION_STATES = ("received", "normalised", "quarantined", "ignored")
FUNNEL_STEPS = ("assigned", "accepted", "contacted", "won", "lost")
ENDS = ("won", "lost")
FIRST_DAY = date(2000, 1, 1)
PATIENCE_SECONDS = 60.0  # kpi tells sales up to half a minute later while many leads come
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Tally:
    """Counts of intake's submissions and of kpi's leads, and what was won. `is_whole`: kpi has told
    of every lead how it ended, and of every sale.
    """

    counts: Mapping[str, int]
    amount: float
    difference: int
    response: Mapping[str, Any]
    is_whole: bool


async def count_whole(admin: httpx.AsyncClient, *, now: datetime) -> Tally:
    """What `count` gives once it is whole; as it is, when that takes too long."""
    clock = asyncio.get_running_loop().time
    ends = clock() + PATIENCE_SECONDS
    while True:
        tally = await count(admin, now=now)
        if tally.is_whole or clock() > ends:
            return tally
        await asyncio.sleep(LOOK_SECONDS)


async def count(admin: httpx.AsyncClient, *, now: datetime) -> Tally:
    """Everything this company has so far; response times are of the last two days."""
    report = await read(admin, "/intake/v1/reconciliation", whole="true")
    today = now.astimezone(ZoneInfo(company.TIME_ZONE)).date()
    lately = {
        "from": str(today - timedelta(days=1)),
        "to": str(today + timedelta(days=2)),
        "tz": company.TIME_ZONE,
    }
    always = lately | {"from": str(FIRST_DAY)}
    states: Counter[str] = Counter()
    async for lead in every(admin, "/routing/v1/leads"):
        states[lead["state"]] += not lead["is_test"]
    funnel = (await read(admin, "/kpi/v1/funnel", **always))["totals"]
    sales = await read(admin, "/kpi/v1/sources", group_by="", **always)
    response = (await read(admin, "/kpi/v1/response-times", **lately))["totals"]
    return Tally(
        counts={
            **{name: report["submissions"][name] for name in SUBMISSION_STATES},
            "inquiries": funnel["received"],
            "leads": states.total() - states["merged"],
            **{name: funnel[name] for name in FUNNEL_STEPS},
        },
        amount=sales["totals"]["figures"]["amounts"].get(CURRENCY, 0.0),
        difference=report["difference"],
        response=response,
        is_whole=not sales["waiting"] and all(funnel[end] == states[end] for end in ENDS),
    )


def recognised(before: Tally, after: Tally) -> bool:
    """Whether this day brought nothing new: every inquiry of it had been here before."""
    return after.counts["inquiries"] == before.counts["inquiries"]


def show(console: Console, plan: Plan, before: Tally, after: Tally, *, speed: float) -> None:
    """The table; the day's own numbers beside those of the whole company."""
    table = Table(title=f"Day {plan.seed}", title_justify="left")
    table.add_column("")
    table.add_column("this day", justify="right")
    table.add_column("in all", justify="right")
    for name, total in after.counts.items():
        table.add_row(name, str(total - before.counts[name]), str(total))
    earned = after.amount - before.amount
    table.add_row(f"amount won, {CURRENCY}", f"{earned:,.0f}", f"{after.amount:,.0f}")
    for name, key in (("first response p50", "p50_seconds"), ("first response p90", "p90_seconds")):
        table.add_row(name, "", _as_text(after.response[key], speed=speed))
    table.add_row("unreconciled inquiries", "", str(after.difference))
    console.print(table)
    if recognised(before, after):
        console.print(
            f"Day {plan.seed} has been here before: all of its inquiries were recognised as "
            "duplicates. Another --seed, or none, brings another day."
        )


def _as_text(seconds: float | None, *, speed: float) -> str:
    """Real seconds, and what they are in the company's time."""
    if seconds is None:
        return "–"
    return f"{seconds:.1f} s (the day's {seconds * speed / 60:.0f} min)"


def show_links(console: Console, url: str, *, token: str) -> None:
    for words, path in (
        ("everything", "/"),
        ("leads", "/routing/docs"),
        ("timelines", "/history/docs"),
        ("funnel", "/kpi/docs"),
        ("quarantine", "/intake/docs"),
    ):
        console.print(f"  {words:<12} {url}{path}", highlight=False, soft_wrap=True)
    console.print(f"  {'admin token':<12} {token}", highlight=False, soft_wrap=True)
