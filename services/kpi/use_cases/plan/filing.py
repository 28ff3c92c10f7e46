"""Takes the amounts of a table into a draft: all of them, or none where one cannot be had."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import ne
from typing import NamedTuple
from uuid import UUID

from services.kpi.domain.plan.blocks import Block
from services.kpi.domain.plan.files import FileRow, Names, PlanTable, Values, with_rows
from services.kpi.domain.plan.locks import Locks, ice_of
from services.kpi.domain.plan.nodes import MEASURES, WHOLE, Measure, Node
from services.kpi.domain.plan.terms import MOST_VALUE, NAMED, Terms
from services.kpi.repository.plan import locks
from services.kpi.repository.plan.blocks import Place, change_cells, list_blocks, list_totals
from services.kpi.repository.plan.plans import Version, get_plan
from services.kpi.repository.plan.values import list_all_values
from services.kpi.use_cases.plan.lines import Line, extend_draft
from services.kpi.use_cases.plan.versions import advance, change_of, get_draft
from shared.database import Session
from shared.errors import InvalidError


class Sums(NamedTuple):
    """What all of a measure came to before, and comes to after, in the smallest unit."""

    before: int
    after: int


@dataclass(slots=True)
class Filed:
    """What a table changed: the draft after it, how many lines are new, and cells other."""

    version: Version
    added: int = 0
    changed_cells: int = 0
    sums: dict[Measure, Sums] = field(default_factory=dict)


class TableFaultsError(Exception):
    """The table, which has faults now, cannot be taken."""


class TriedError(Exception):
    """It was only tried, so that what was written has to be taken back; the outcome it had."""

    def __init__(self, outcome: Filed) -> None:
        super().__init__()
        self.outcome = outcome


class _Block(NamedTuple):
    """The rows of one block, in one measure."""

    measure: Measure
    region: int
    product: int


class _Reading(NamedTuple):
    """A table, its rows by block, and what parties and sellers are called by number."""

    table: PlanTable
    rows: Mapping[_Block, Sequence[FileRow]]
    parties: Mapping[int, str]
    sellers: Mapping[int, str]

    def lines(self, blocks: Sequence[Block]) -> dict[Names, int]:
        """Which line of the only block the names of a party and a seller are."""
        codes = blocks[0].lines if blocks else ()
        return {
            (self.parties[party], self.sellers[seller]): line
            for line, (party, seller) in enumerate(zip(codes[::2], codes[1::2], strict=True))
        }


async def file_table(
    session: Session, plan_id: UUID, number: int, table: PlanTable, *, revision: int,
    add_lines: bool, dry_run: bool, reason: str, actor: str, now: datetime,
) -> Filed:  # fmt: skip
    """Set each cell that the table has an amount for; all others stay. What changes nothing is no
    change of the draft. A dry run ends in TriedError.

    Raises NotFoundError, NoDraftError, StaleVersionError, TableFaultsError.
    """
    terms = (await get_plan(session, plan_id, lock=True)).terms
    version = await get_draft(session, plan_id, number, revision=revision)
    outcome = Filed(version)
    if add_lines:
        outcome.added = await _extend(session, terms, number, table)
    reading = _by_block(table, await list_all_values(session, plan_id))
    for measure in MEASURES:
        await _file(session, terms, Place(plan_id, number, measure), reading, outcome=outcome)
    _require_whole(table)
    if outcome.added or outcome.changed_cells:
        change = change_of(version, "imported", reason=reason, actor=actor, now=now)
        outcome.version = await advance(session, version, change)
    if dry_run:
        raise TriedError(outcome)
    return outcome


def _require_whole(table: PlanTable) -> None:
    """Raises TableFaultsError: what was written of it is taken back."""
    if table.faults:
        raise TableFaultsError


async def _extend(session: Session, terms: Terms, number: int, table: PlanTable) -> int:
    """Add the lines that the draft does not have. Raises TableFaultsError where the plan has no
    room for all.
    """
    values = await list_all_values(session, terms.plan_id)
    present = {
        Line(
            values["region"][block.region],
            values["product"][block.product],
            values["party"][party],
            values["seller"][seller],
        )
        for block in await list_blocks(session, Place(terms.plan_id, number, MEASURES[0]))
        for party, seller in zip(block.lines[::2], block.lines[1::2], strict=True)
    }
    lines = sorted({Line(*row.names) for row in table.rows} - present)
    if not lines:
        return 0
    try:
        return await extend_draft(session, terms, number, lines)
    except InvalidError as error:
        for _, detail in error.errors:
            table.refuse(0, "", detail)
        raise TableFaultsError from error


def _by_block(table: PlanTable, values: Values) -> _Reading:
    """A value that the plan does not have is a fault of the table."""
    numbers = {
        axis: {name: number for number, name in names.items()} for axis, names in values.items()
    }
    rows: dict[_Block, list[FileRow]] = defaultdict(list)
    for row in table.rows:
        unknown = [
            axis for axis, name in zip(NAMED, row.names, strict=True) if name not in numbers[axis]
        ]
        for axis in unknown:
            table.refuse(row.number, axis, "the plan has no such value")
        if not unknown:
            region, item, *_ = row.names
            place = _Block(row.measure, numbers["region"][region], numbers["product"][item])
            rows[place].append(row)
    return _Reading(table, rows, values["party"], values["seller"])


async def _file(
    session: Session, terms: Terms, place: Place, reading: _Reading, *, outcome: Filed
) -> None:
    """Take the rows of one measure, block by block."""
    table = reading.table
    frozen = Locks(await locks.list_nodes(session, place), terms.months)
    before = sum(sum(each.sums) for each in await list_totals(session, place, WHOLE))
    after = before
    for block, rows in sorted(reading.rows.items()):
        if block.measure != place.measure:
            continue
        node = Node(region=block.region, product=block.product)
        blocks = await list_blocks(session, place, node, past=True)
        lines = reading.lines(blocks)
        usual = [row for row in rows if row.names[2:] in lines]
        for row in rows:
            if row.names[2:] not in lines:
                table.refuse(row.number, "", "the plan has no such line")
        if usual:
            difference = await asyncio.to_thread(_take, blocks[0], usual, lines, frozen, table)
            after += difference.amount
            outcome.changed_cells += difference.cells
            if difference.cells:
                await change_cells(session, place, [difference.block])
    if terms.amount(place.measure, after) > MOST_VALUE:
        table.refuse(0, "", f"makes the {place.measure} more than {MOST_VALUE:f}")
    outcome.sums[place.measure] = Sums(before, after)


class _Difference(NamedTuple):
    block: Block
    amount: int
    cells: int


def _take(
    block: Block,
    rows: Sequence[FileRow],
    lines: Mapping[Names, int],
    frozen: Locks,
    table: PlanTable,
) -> _Difference:
    new = with_rows(block, rows, lines, ice_of(block, frozen), table)
    cells = sum(map(ne, new.cells, block.cells))
    return _Difference(new, sum(new.cells) - sum(block.cells), cells)
