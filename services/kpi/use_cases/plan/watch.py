"""Watches plans: what came out too far from an approved plan in a month that is over is opened for
coordination, once for each cut and month.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from services.kpi.domain.months import later
from services.kpi.domain.plan.control import Control
from services.kpi.domain.plan.coordination import MOST_MONTHS_BACK, Cutting, Steps, Threshold
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.plan.coordination import (
    Record,
    count_records,
    digest_of,
    list_known,
)
from services.kpi.repository.plan.plans import get_plan
from services.kpi.repository.plan.thresholds import find_threshold, get_threshold, list_watched
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.use_cases.money.completeness import UntoldError, require_told
from services.kpi.use_cases.plan.bridge import BridgeView, show_bridge
from services.kpi.use_cases.plan.control import Wish, show_control
from services.kpi.use_cases.plan.coordination import (
    MAX_RECORDS,
    WATCH,
    keep_record,
    latest_approved,
)
from services.kpi.use_cases.plan.errors import NothingApprovedError
from services.kpi.use_cases.plan.versions import COORDINATION
from shared.clock import Clock
from shared.database import Database, Session, reading, transaction
from shared.errors import NotFoundError
from shared.ids import new_id
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
LOOK_SECONDS: Final = 600.0
MOST_OPENED: Final = 100  # records of a plan at a time, those that are farthest off first
_REASON: Final = "beyond the threshold of the plan"
_ACTOR: Final = "kpi"


@dataclass(frozen=True, slots=True)
class Off:
    """A cut that came out too far from the plan, where its bridge is read."""

    cut: Mapping[str, str]
    control: Control
    wish: Wish

    @property
    def distance(self) -> int:
        return abs(self.control.fact - self.control.plan)


def coordination_loop(database: Database, zone: ZoneInfo, *, clock: Clock) -> Loop:
    """Looks every ten minutes, and soon after a plan was approved or a threshold was set."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            async with reading(database) as session:
                plan_ids = await list_watched(session)
            for plan_id in plan_ids:
                progress.beat()
                await look(database, plan_id, zone, now=clock())
            await progress.attend(database.wakeup, COORDINATION, seconds=LOOK_SECONDS)

    return Loop("coordination", run)


async def look(database: Database, plan_id: UUID, zone: ZoneInfo, *, now: datetime) -> int:
    """Open what is due of one plan; how many records are new. None are while sales of many people
    are still to be told: the next look knows better.
    """
    try:
        async with transaction(database) as session:
            await take_snapshot(session)
            await require_told(session)
            version = (await get_threshold(session, plan_id)).version
            items = await judge(session, plan_id, zone, now=now)
        if not items:
            return 0
        async with transaction(database) as session:
            await get_plan(session, plan_id, lock=True)
            present = await find_threshold(session, plan_id)
            if present is None or present.version != version:  # it is judged again
                return 0
            room = max(0, MAX_RECORDS - await count_records(session, plan_id))
            new = [await keep_record(session, item, reason=_REASON) for item in items[:room]]
    except (NotFoundError, NothingApprovedError, UntoldError):
        return 0
    log.info("coordination.opened", count=sum(new))
    return sum(new)


async def judge(session: Session, plan_id: UUID, zone: ZoneInfo, *, now: datetime) -> list[Record]:
    """The records that cuts beyond the threshold would have, of those without one, farthest off
    first. Raises NotFoundError, NothingApprovedError.
    """
    terms = (await get_plan(session, plan_id)).terms
    threshold = (await get_threshold(session, plan_id)).threshold
    number = await latest_approved(session, plan_id)
    place = Place(plan_id, number, threshold.measure)
    candidates: list[Off] = []
    for month in _months_over(terms, zone, now):
        digests = await list_known(session, plan_id, threshold.measure, terms.month_of(month))
        names = {"month": f"{terms.month_of(month):%Y-%m}"}
        for axis in threshold.axes:
            wish = Wish(place, names, None if axis == "whole" else axis, zone, now)
            cuts = await _off(session, terms, wish, threshold, axis)
            candidates += [off for off in cuts if digest_of(off.cut) not in digests]
    candidates.sort(key=lambda off: -off.distance)
    return await _records(session, terms, candidates[:MOST_OPENED])


def _months_over(terms: Terms, zone: ZoneInfo, now: datetime) -> Sequence[int]:
    """The last months of the plan that are over, of those that ended not long ago."""
    today = now.astimezone(zone).date()
    return [
        number
        for number in range(terms.months)
        if later(terms.month_of(number), 1) <= today
        and later(terms.month_of(number), 1 + MOST_MONTHS_BACK) > today
    ]


async def _off(
    session: Session, terms: Terms, wish: Wish, threshold: Threshold, axis: Cutting
) -> list[Off]:
    rows, whole = await show_control(session, terms, wish)
    cuts: list[tuple[dict[str, str], Control]] = [({axis: row.value}, row.control) for row in rows]
    if axis == "whole":
        cuts = [({}, whole)]
    return [
        Off(cut, control, wish)
        for cut, control in cuts
        if threshold.is_exceeded(control.plan, control.fact)
    ]


async def _records(session: Session, terms: Terms, cuts: Sequence[Off]) -> list[Record]:
    """Each with its bridge of now; those of one wish are read together."""
    views: dict[tuple[str | None, str | None], BridgeView] = {}
    items = []
    for off in cuts:
        key = (off.wish.axis, off.wish.names["month"])
        if key not in views:
            views[key] = await show_bridge(session, terms, off.wish)
        items.append(_record(terms, off, views[key]))
    return items


def _record(terms: Terms, off: Off, view: BridgeView) -> Record:
    (month,) = view.months
    bridge = view.whole
    if off.cut:
        (bridge,) = (row.bridge for row in view.rows if row.value in off.cut.values())
    return Record(
        coordination_id=new_id(),
        plan_id=terms.plan_id,
        number=off.wish.place.number,
        measure=off.wish.place.measure,
        month=terms.month_of(month),
        cut=off.cut,
        planned=off.control.plan,
        fact=off.control.fact,
        bridge=bridge,
        origin=WATCH,
        opened_at=off.wish.now,
        opened_by=_ACTOR,
        version=1,
        steps=Steps(),
    )
