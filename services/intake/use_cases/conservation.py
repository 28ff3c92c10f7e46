"""Conservation: what came in is accounted for, and every inquiry is where it must be, once.

Its law: buckets only say where to look; a difference is counted by ids, or not at all.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.repository import accounts
from services.intake.use_cases.neighbours import Neighbour
from shared.database import Database, reading, transaction
from shared.errors import UnavailableError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RECENT = timedelta(hours=24)
MAX_MINUTES = 300  # examined by ids in one run; a wider difference shows by these already
MAX_SHOWN = 50
STATES = ("pending", "normalised", "quarantined", "ignored")
_STEPS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}

Buckets = Mapping[datetime, tuple[int, str]]


@dataclass(eq=False)
class Comparison:
    """One neighbour against our inquiries. `state` is compared, unreachable or not_configured."""

    state: str = "compared"
    difference: int | None = 0
    missing: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    minutes: list[str] = field(default_factory=list)


def now_differing(ours: Buckets, theirs: Buckets) -> list[datetime]:
    """The buckets whose count or digest is not the same on both sides."""
    return sorted(
        bucket for bucket in ours.keys() | theirs.keys() if ours.get(bucket) != theirs.get(bucket)
    )


async def compute(
    database: Database,
    neighbours: Sequence[Neighbour | str],
    *,
    now: datetime,
    grace: timedelta,
    whole: bool = False,
) -> dict[str, Any]:
    """Compare and keep the result. A string among the neighbours is one without an address.

    Looks at the last day, and at the minutes that differed before; at everything if `whole`.
    """
    async with reading(database) as session:
        floor = UUID(int=0) if whole else UUID(int=int((now - RECENT).timestamp() * 1000) << 80)
        totals = dict(await accounts.count_totals(session, floor=floor, whole=whole))
        states = await accounts.count_states(session)
        oldest = await accounts.oldest_pending_seconds(session, now=now)
        before = await accounts.latest_result(session) or {}
    compared = {}
    for neighbour in neighbours:
        if isinstance(neighbour, str):
            compared[neighbour] = Comparison(state="not_configured", difference=None)
            continue
        suspects = before.get("services", {}).get(neighbour.name, {}).get("minutes", [])
        compared[neighbour.name] = await _compared(
            database,
            neighbour,
            since=EPOCH if whole else now - RECENT,
            until=now - grace,
            suspects=[datetime.fromisoformat(minute) for minute in suspects],
            step="day" if whole else "hour",
        )
    result = _result(totals, states, oldest, compared, now=now, whole=whole)
    async with transaction(database) as session:
        await accounts.keep_result(session, json.dumps(result), now=now)
    return result


def _result(
    totals: Mapping[str, Any],
    states: Mapping[str, int],
    oldest: float,
    compared: Mapping[str, Comparison],
    *,
    now: datetime,
    whole: bool,
) -> dict[str, Any]:
    counted = {state: states.get(state, 0) for state in STATES}
    received = sum(states.values())
    unspoken = 0 if totals["spoken"] is None else abs(totals["kept"] - totals["spoken"])
    own = {
        "submissions": received - sum(counted.values()),
        "inquiries": abs(totals["promised"] - totals["kept"]) + unspoken,
    }
    known = [item.difference for item in compared.values() if item.difference is not None]
    difference = sum(map(abs, own.values())) + sum(known)
    return {
        "computed_at": now.isoformat(),
        "whole": whole,
        "balanced": difference == 0,
        "complete": len(known) == len(compared),
        "difference": difference,
        "submissions": {
            "received": received,
            **counted,
            "difference": own["submissions"],
            "oldest_pending_seconds": round(max(0.0, oldest), 3),
        },
        "inquiries": {
            "promised": totals["promised"],
            "kept": totals["kept"],
            "spoken": totals["spoken"],
            "difference": own["inquiries"],
        },
        "services": {name: asdict(comparison) for name, comparison in compared.items()},
    }


async def _compared(
    database: Database,
    neighbour: Neighbour,
    *,
    since: datetime,
    until: datetime,
    suspects: Iterable[datetime],
    step: str,
) -> Comparison:
    found = Comparison()
    try:
        wide = await _differing(database, neighbour, step=step, since=since, until=until)
        minutes = {minute for minute in suspects if minute < since}
        for bucket in wide:
            if len(minutes) >= MAX_MINUTES:
                break
            first, last = max(bucket, since), min(bucket + _STEPS[step], until)
            minutes.update(
                await _differing(database, neighbour, step="minute", since=first, until=last)
            )
        for minute in sorted(minutes)[:MAX_MINUTES]:
            await _examine(database, neighbour, found, minute=minute, until=until)
    except UnavailableError:
        return Comparison(state="unreachable", difference=None)
    return found


async def _differing(
    database: Database, neighbour: Neighbour, *, step: str, since: datetime, until: datetime
) -> list[datetime]:
    theirs = await neighbour.buckets(step=step, since=since, until=until)
    async with reading(database) as session:
        ours = await accounts.own_buckets(session, step=step, since=since, until=until)
    return now_differing(ours, theirs)


async def _examine(
    database: Database,
    neighbour: Neighbour,
    found: Comparison,
    *,
    minute: datetime,
    until: datetime,
) -> None:
    """Compare one minute by ids. What was normalised within the grace may be known or not."""
    theirs = await neighbour.ids(minute=minute)
    async with reading(database) as session:
        ours = await accounts.own_ids(session, minute=minute)
        differing = [one for one in ours.keys() | theirs.keys() if ours.get(one) != theirs.get(one)]
        young = await accounts.young_ids(session, differing, cutoff=until)
    missing = _told(one for one in ours if one not in theirs and one not in young)
    surplus = _told(one for one in theirs if one not in ours)
    doubled = {one: times - 1 for one, times in theirs.items() if one in ours and times > 1}
    difference = len(missing) + len(surplus) + sum(doubled.values())
    if difference:
        assert found.difference is not None
        found.difference += difference
        found.minutes.append(minute.isoformat())
        for shown, more in (
            (found.missing, missing),
            (found.surplus, surplus),
            (found.doubled, _told(doubled)),
        ):
            shown.extend(more[: MAX_SHOWN - len(shown)])


def _told(ids: Iterable[UUID]) -> list[str]:
    return sorted(map(str, ids))


def differences(result: Mapping[str, Any]) -> dict[str, int]:
    """The figures of a result by check; a service that could not be asked has none."""
    found = {check: result[check]["difference"] for check in ("submissions", "inquiries")}
    for name, compared in result["services"].items():
        if compared["difference"] is not None:
            found[name] = compared["difference"]
    return found
