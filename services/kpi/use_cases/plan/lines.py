"""Adds combinations of values to a draft: products, regions, parties and sellers that are new."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.kpi.domain.plan.blocks import Block
from services.kpi.domain.plan.building import Pair, new_block, with_lines
from services.kpi.domain.plan.nodes import MEASURES, AxisName, Node
from services.kpi.domain.plan.terms import MAX_CELLS, MAX_VALUES, NAMED, Terms
from services.kpi.repository.plan import values
from services.kpi.repository.plan.blocks import Place, count_cells, list_blocks, put_blocks
from services.kpi.repository.plan.plans import Version, get_plan
from services.kpi.use_cases.plan.versions import advance, change_of, get_draft
from shared.database import Session
from shared.errors import InvalidError

Numbers = Mapping[AxisName, Mapping[str, int]]


class Line(NamedTuple):
    """One value on each axis that has values of its own."""

    region: str
    product: str
    party: str
    seller: str


async def add_lines(
    session: Session, plan_id: UUID, number: int, lines: Sequence[Line], *, revision: int,
    reason: str, actor: str, now: datetime,
) -> tuple[Version, int]:  # fmt: skip
    """The draft after it, and how many lines are new. Raises NotFoundError, InvalidError,
    NoDraftError, StaleVersionError.
    """
    terms = (await get_plan(session, plan_id, lock=True)).terms
    version = await get_draft(session, plan_id, number, revision=revision)
    added = await extend_draft(session, terms, number, lines)
    change = change_of(version, "extended", reason=reason, actor=actor, now=now)
    return await advance(session, version, change), added


async def extend_draft(session: Session, terms: Terms, number: int, lines: Sequence[Line]) -> int:
    """How many lines are new. The plan is locked. Raises InvalidError."""
    plan_id = terms.plan_id
    numbers = {
        axis: await _numbers(session, plan_id, axis, [line[place] for line in lines])
        for place, axis in enumerate(NAMED)
    }
    pairs: dict[Pair, set[Pair]] = defaultdict(set)
    for line in lines:
        region, item, party, seller = (
            numbers[axis][name] for axis, name in zip(NAMED, line, strict=True)
        )
        pairs[region, item].add((party, seller))
    added = 0
    for measure in MEASURES:
        added = await _extend(session, terms, Place(plan_id, number, measure), pairs)
    if await count_cells(session, plan_id, number) > MAX_CELLS:
        raise InvalidError(
            "The plan would be too large.", errors=[("/lines", f"make more than {MAX_CELLS} cells")]
        )
    return added


async def _extend(
    session: Session, terms: Terms, place: Place, pairs: Mapping[Pair, set[Pair]]
) -> int:
    """Put the lines into the blocks of a measure; gives how many are new."""
    blocks: list[Block] = []
    added = 0
    for (region, item), each in sorted(pairs.items()):
        node = Node(region=region, product=item)
        old = await list_blocks(session, place, node, past=True)
        if old:
            new = await asyncio.to_thread(with_lines, old[0], each)
        else:
            new = new_block(region, item, each, terms.months)
        added += new.count - sum(block.count for block in old)
        blocks.append(new)
    await put_blocks(session, place, blocks)
    return added


async def _numbers(
    session: Session, plan_id: UUID, axis: AxisName, names: Sequence[str]
) -> dict[str, int]:
    """The numbers of the values, of which new ones are added. Raises InvalidError."""
    numbers = await values.find_numbers(session, plan_id, axis, set(names))
    new = sorted(set(names) - numbers.keys())
    count = await values.count_values(session, plan_id, axis)
    if count + len(new) > MAX_VALUES:
        raise InvalidError(
            "The plan would be too large.",
            errors=[("/lines", f"make more than {MAX_VALUES} values of the axis {axis}")],
        )
    await values.add_values(session, plan_id, {axis: new}, after=count)
    return numbers | {name: count + place for place, name in enumerate(new)}
