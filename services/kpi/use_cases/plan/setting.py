"""Sets nodes of a draft, shows what a setting would do, locks and unlocks nodes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.kpi.domain.plan.blocks import Block
from services.kpi.domain.plan.nodes import AxisName, Measure, Node
from services.kpi.domain.plan.setting import NoRoomError, Setting, set_node
from services.kpi.domain.plan.sums import children_of
from services.kpi.domain.plan.terms import Terms
from services.kpi.repository.plan import locks
from services.kpi.repository.plan.blocks import Place, change_cells, list_blocks
from services.kpi.repository.plan.locks import Lock
from services.kpi.repository.plan.plans import Version, get_plan
from services.kpi.use_cases.plan.errors import AlreadyLockedError, TooManyLocksError
from services.kpi.use_cases.plan.naming import Names, names_of, node_of
from services.kpi.use_cases.plan.versions import advance, change_of, get_draft
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id

MAX_LOCKS: Final = 500
MOST_SHOWN: Final = 200  # children in a preview


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingWish:
    """What is asked for, by names."""

    measure: Measure
    node: Names
    value: Decimal
    within: Names | None
    spread: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A node before and after, in the smallest unit; how many cells changed; the blocks. `reach` is
    the node, or what it lies within: nothing else changes.
    """

    node: Node
    reach: Node
    before: int
    after: int
    changed_cells: int
    blocks: Sequence[Block]
    changed: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a setting would do: the values of an axis that would change in what it reaches, those
    that would most first; `more` were left out.
    """

    outcome: Outcome
    differences: Sequence["Difference"]
    more: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of an axis before and after."""

    value: str
    before: int
    after: int


async def set_draft(
    session: Session, plan_id: UUID, number: int, wish: SettingWish, *, revision: int, actor: str,
    now: datetime,
) -> tuple[Terms, Version, Outcome]:  # fmt: skip
    """Set a node. Raises NotFoundError, InvalidError, NoDraftError, StaleVersionError."""
    terms = (await get_plan(session, plan_id)).terms
    version = await get_draft(session, plan_id, number, revision=revision)
    place = Place(plan_id, number, wish.measure)
    outcome = await _outcome(session, terms, place, wish)
    await change_cells(session, place, outcome.changed)
    change = change_of(version, "set", reason=wish.reason, actor=actor, now=now)
    change = replace(
        change,
        measure=wish.measure,
        node=outcome.node,
        before=outcome.before,
        after=outcome.after,
    )
    return terms, await advance(session, version, change), outcome


async def preview(
    session: Session, plan_id: UUID, number: int, wish: SettingWish, axis: AxisName, *,
    revision: int,
) -> tuple[Terms, Version, Trial]:  # fmt: skip
    """What a setting would do. Nothing is kept. Raises what setting raises."""
    terms = (await get_plan(session, plan_id)).terms
    version = await get_draft(session, plan_id, number, revision=revision)
    outcome = await _outcome(session, terms, Place(plan_id, number, wish.measure), wish)
    before, after = await asyncio.to_thread(_by_axis, outcome, axis)
    changed = [number for number in after if after[number] != before[number]]
    changed.sort(key=lambda number: (-abs(after[number] - before[number]), number))
    names = await names_of(session, terms, axis, changed[:MOST_SHOWN])
    differences = [Difference(names[one], before[one], after[one]) for one in changed[:MOST_SHOWN]]
    return terms, version, Trial(outcome, differences, len(changed) - len(differences))


def _by_axis(outcome: Outcome, axis: AxisName) -> tuple[Counter[int], Counter[int]]:
    new = {(block.region, block.product): block for block in outcome.changed}
    after = [new.get((block.region, block.product), block) for block in outcome.blocks]
    reach = outcome.reach
    return children_of(outcome.blocks, reach, axis), children_of(after, reach, axis)


async def _outcome(session: Session, terms: Terms, place: Place, wish: SettingWish) -> Outcome:
    node = await node_of(session, terms, wish.node, pointer="/node")
    within = None
    if wish.within is not None:
        within = await node_of(session, terms, wish.within, pointer="/within")
    try:
        value = terms.cells(wish.measure, wish.value)
    except ValueError as error:
        raise InvalidError("The value is none.", errors=[("/value", str(error))]) from error
    setting = Setting(node=node, value=value, within=within, spread=wish.spread)
    rows = await list_blocks(session, place, within or node, past=True)
    frozen = await locks.list_nodes(session, place)
    try:
        return await asyncio.to_thread(_set, rows, setting, frozen, terms.season[place.measure])
    except NoRoomError as error:
        locked = f"{terms.amount(place.measure, error.locked):f}"
        raise InvalidError(
            "The node cannot be set so.",
            errors=[(f"/{error.member}", error.reason)],
            extra={"locked": locked},
        ) from error


def _set(
    blocks: Sequence[Block], setting: Setting, frozen: Sequence[Node], season: Sequence[int]
) -> Outcome:
    before = sum(block.amount(setting.node) for block in blocks)
    changed = set_node(blocks, setting, frozen, season)
    old = {(block.region, block.product): block.cells for block in blocks}
    cells = sum(
        one != other
        for block in changed
        for one, other in zip(block.cells, old[block.region, block.product], strict=True)
    )
    return Outcome(
        node=setting.node,
        reach=setting.within or setting.node,
        before=before,
        after=setting.value,
        changed_cells=cells,
        blocks=blocks,
        changed=changed,
    )


async def lock_node(
    session: Session, plan_id: UUID, number: int, measure: Measure, names: Names, *,
    revision: int, reason: str, actor: str, now: datetime,
) -> tuple[Version, Lock]:  # fmt: skip
    """Let nothing below a node change. Raises NotFoundError, InvalidError, NoDraftError,
    StaleVersionError, AlreadyLockedError, TooManyLocksError.
    """
    terms = (await get_plan(session, plan_id)).terms
    version = await get_draft(session, plan_id, number, revision=revision)
    node = await node_of(session, terms, names, pointer="/node")
    if await locks.count_locks(session, plan_id, number) >= MAX_LOCKS:
        raise TooManyLocksError(f"The version has {MAX_LOCKS} locks already.")
    item = Lock(
        lock_id=new_id(), measure=measure, node=node, reason=reason, made_at=now, made_by=actor
    )
    if not await locks.add_lock(session, plan_id, number, item):
        raise AlreadyLockedError("The node is locked already.")
    change = change_of(version, "locked", reason=reason, actor=actor, now=now)
    change = replace(change, measure=measure, node=node)
    return await advance(session, version, change), item


async def unlock_node(
    session: Session, plan_id: UUID, number: int, lock_id: UUID, *, revision: int, reason: str,
    actor: str, now: datetime,
) -> Version:  # fmt: skip
    """Raises NotFoundError, NoDraftError, StaleVersionError."""
    version = await get_draft(session, plan_id, number, revision=revision)
    item = await locks.drop_lock(session, plan_id, number, lock_id)
    change = change_of(version, "unlocked", reason=reason, actor=actor, now=now)
    change = replace(change, measure=item.measure, node=item.node)
    return await advance(session, version, change)
