"""Coordinates what came out otherwise than planned: thresholds, records, and their steps."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.months import later
from services.kpi.domain.plan.coordination import Steps, Threshold, flaws_of
from services.kpi.domain.plan.nodes import Measure
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan import coordination as records
from services.kpi.repository.plan import thresholds
from services.kpi.repository.plan.blocks import Place
from services.kpi.repository.plan.coordination import Change, Record
from services.kpi.repository.plan.plans import APPROVED, get_plan, list_versions
from services.kpi.repository.plan.thresholds import KeptThreshold
from services.kpi.use_cases.errors import require_version
from services.kpi.use_cases.plan.bridge import show_bridge
from services.kpi.use_cases.plan.control import Wish, show_control
from services.kpi.use_cases.plan.errors import (
    AlreadyCoordinatedError,
    NothingApprovedError,
    TooManyRecordsError,
    TooManyStepsError,
)
from services.kpi.use_cases.plan.naming import Names
from services.kpi.use_cases.plan.versions import COORDINATION
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id

MAX_RECORDS: Final = 10_000  # of a plan
MAX_STEPS: Final = 500  # changes of a record
WATCH: Final = "watch"
HAND: Final = "hand"


@dataclass(frozen=True, slots=True)
class Opening:
    """A cut in one measure and month, by names, and why it is coordinated."""

    measure: Measure
    names: Names
    reason: str


async def set_threshold(
    session: Session, plan_id: UUID, threshold: Threshold, *, version: int, actor: str,
    now: datetime,
) -> KeptThreshold:  # fmt: skip
    """The first one follows version 0. Raises NotFoundError, StaleVersionError."""
    await get_plan(session, plan_id, lock=True)
    present = await thresholds.find_threshold(session, plan_id)
    require_version(0 if present is None else present.version, version)
    item = KeptThreshold(
        plan_id=plan_id,
        version=version + 1,
        threshold=threshold,
        changed_at=now,
        changed_by=actor,
    )
    await thresholds.put_threshold(session, item)
    session.notify_after_commit(COORDINATION)
    return item


async def drop_threshold(session: Session, plan_id: UUID, *, version: int) -> None:
    """Nothing more is opened by the watch; what there is stays. Raises NotFoundError,
    StaleVersionError.
    """
    await get_plan(session, plan_id, lock=True)
    present = await thresholds.get_threshold(session, plan_id)
    require_version(present.version, version)
    await thresholds.drop_threshold(session, plan_id)


async def look_at(
    session: Session, plan_id: UUID, opening: Opening, zone: ZoneInfo, *, actor: str, now: datetime
) -> Record:
    """The record that a cut would have, as one snapshot has it. Raises NotFoundError, InvalidError,
    NothingApprovedError.
    """
    terms = (await get_plan(session, plan_id)).terms
    month = _month(terms, opening.names, zone, now)
    number = await latest_approved(session, plan_id)
    place = Place(plan_id, number, opening.measure)
    wish = Wish(place, opening.names, None, zone, now)
    _, whole = await show_control(session, terms, wish)
    bridge = (await show_bridge(session, terms, wish)).whole
    return Record(
        coordination_id=new_id(),
        plan_id=plan_id,
        number=number,
        measure=opening.measure,
        month=month,
        cut=cut_of(opening.names),
        planned=whole.plan,
        fact=whole.fact,
        bridge=bridge,
        origin=HAND,
        opened_at=now,
        opened_by=actor,
        version=1,
        steps=Steps(),
    )


def _month(terms: Terms, names: Names, zone: ZoneInfo, now: datetime) -> date:
    """The month of a node, which has to be over. Raises InvalidError."""
    name = names.get("month")
    if name is None:
        raise _no_cut("is needed: a cut is coordinated for a month")
    month = date.fromisoformat(f"{name}-01")
    if terms.number_of(month) is None:
        raise _no_cut("the plan has no such value")
    if later(month, 1) > now.astimezone(zone).date():
        raise _no_cut("is not over")
    return month


def _no_cut(detail: str) -> InvalidError:
    return InvalidError("The cut cannot be coordinated.", errors=[("/node/month", detail)])


def cut_of(names: Names) -> dict[str, str]:
    """A node's values beside its month."""
    return {axis: name for axis, name in names.items() if name is not None and axis != "month"}


async def latest_approved(session: Session, plan_id: UUID) -> int:
    """Raises NothingApprovedError."""
    for version in await list_versions(session, plan_id):
        if version.state == APPROVED:
            return version.number
    raise NothingApprovedError("Nothing of the plan is approved yet.")


async def open_record(session: Session, item: Record, *, reason: str) -> Record:
    """Raises NotFoundError, AlreadyCoordinatedError, TooManyRecordsError."""
    await get_plan(session, item.plan_id, lock=True)
    if await records.count_records(session, item.plan_id) >= MAX_RECORDS:
        raise TooManyRecordsError(f"The plan has {MAX_RECORDS} records already.")
    if not await keep_record(session, item, reason=reason):
        present = await records.find_record(
            session, item.plan_id, item.measure, item.month, item.cut
        )
        raise AlreadyCoordinatedError(present)
    return item


async def keep_record(session: Session, item: Record, *, reason: str) -> bool:
    """False if the cut has a record in that month already."""
    if not await records.add_record(session, item):
        return False
    change = Change(item.version, item.steps, reason, item.opened_at, item.opened_by)
    await records.add_change(session, item.coordination_id, change)
    return True


async def change_record(
    session: Session, coordination_id: UUID, steps: Steps, *, version: int, reason: str,
    actor: str, today: date, now: datetime,
) -> Record:  # fmt: skip
    """Agree on something, do it, or cancel it; what was before stays in the history.

    Raises NotFoundError, InvalidError, StaleVersionError, TooManyStepsError.
    """
    present = await records.get_record(session, coordination_id, lock=True)
    require_version(present.version, version)
    if flaws := flaws_of(present.steps, steps, today):
        raise InvalidError(
            "These steps cannot follow.", errors=[(f"/{one.member}", one.detail) for one in flaws]
        )
    if version >= MAX_STEPS:
        raise TooManyStepsError(f"The record was changed {MAX_STEPS} times already.")
    item = replace(present, version=version + 1, steps=steps)
    await records.change_record(session, item)
    await records.add_change(
        session, coordination_id, Change(item.version, steps, reason, now, actor)
    )
    return item


async def terms_of(session: Session, items: Collection[Record]) -> dict[UUID, Terms]:
    """What the plans of records are about."""
    return {
        plan_id: (await get_plan(session, plan_id)).terms
        for plan_id in {item.plan_id for item in items}
    }
