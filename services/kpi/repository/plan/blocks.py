"""Blocks of cells. Their numbers are kept as machines have them, low byte first."""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.plan.blocks import Block, empty, read_cells, read_lines
from services.kpi.domain.plan.nodes import MEASURES, WHOLE, Measure, Node
from services.kpi.domain.plan.sums import Columns
from shared.database import Session
from shared.statements import columns

_ROWS: Final = """unnest(CAST(:regions AS integer[]), CAST(:products AS integer[]),
    CAST(:lines AS bytea[]), CAST(:cells AS bytea[]), CAST(:past AS bytea[]),
    CAST(:totals AS bytea[])) AS b (region, product, lines, cells, past, totals)"""
_PUT: Final = f"""
INSERT INTO plan_block (plan_id, number, measure, region, product, lines, cells, past, totals)
SELECT CAST(:plan_id AS uuid), CAST(:number AS integer), CAST(:measure AS text), region, product,
    lines, cells, past, totals FROM {_ROWS}
ON CONFLICT (plan_id, number, measure, region, product) DO UPDATE
    SET lines = excluded.lines, cells = excluded.cells, past = excluded.past,
        totals = excluded.totals
"""
_CHANGE: Final = """
UPDATE plan_block AS p SET cells = b.cells, totals = b.totals
FROM unnest(CAST(:regions AS integer[]), CAST(:products AS integer[]), CAST(:cells AS bytea[]),
    CAST(:totals AS bytea[])) AS b (region, product, cells, totals)
WHERE p.plan_id = :plan_id AND p.number = :number AND p.measure = :measure
    AND p.region = b.region AND p.product = b.product
"""
_COPY: Final = """
INSERT INTO plan_block (plan_id, number, measure, region, product, lines, cells, past, totals)
SELECT plan_id, CAST(:number AS integer), measure, region, product, lines, cells, past, totals
FROM plan_block WHERE plan_id = :plan_id AND number = :made_from
"""
_WHERE: Final = """plan_id = :plan_id AND number = :number AND measure = :measure
    AND (CAST(:region AS integer) IS NULL OR region = :region)
    AND (CAST(:product AS integer) IS NULL OR product = :product)"""
_LIST: Final = f"""
SELECT region, product, lines, cells, {{past}} FROM plan_block WHERE {_WHERE}
ORDER BY region, product
"""
_TOTALS: Final = f"SELECT region, product, totals FROM plan_block WHERE {_WHERE}"
_REGIONS: Final = f"SELECT DISTINCT region FROM plan_block WHERE {_WHERE} ORDER BY region"
_CELLS: Final = """
SELECT coalesce(sum(length(cells)) / 8, 0) FROM plan_block
WHERE plan_id = :plan_id AND number = :number AND measure = :measure
"""


class Place(NamedTuple):
    """The cells of one measure in a version of a plan."""

    plan_id: UUID
    number: int
    measure: Measure


async def put_blocks(session: Session, place: Place, blocks: Sequence[Block]) -> None:
    """Add blocks, or put them in the place of those of the same region and product."""
    rows = [
        (
            block.region,
            block.product,
            block.lines.tobytes(),
            block.cells.tobytes(),
            block.past.tobytes() if any(block.past) else None,
            block.totals().tobytes(),
        )
        for block in blocks
    ]
    params = columns("regions products lines cells past totals", rows)
    await session.execute(_PUT, {**place._asdict(), **params})


async def change_cells(session: Session, place: Place, blocks: Sequence[Block]) -> None:
    """Keep other numbers in cells that there are."""
    rows = [
        (block.region, block.product, block.cells.tobytes(), block.totals().tobytes())
        for block in blocks
    ]
    params = columns("regions products cells totals", rows)
    await session.execute(_CHANGE, {**place._asdict(), **params})


async def copy_blocks(session: Session, plan_id: UUID, made_from: int, number: int) -> None:
    params = {"plan_id": plan_id, "made_from": made_from, "number": number}
    await session.execute(_COPY, params)


async def list_blocks(
    session: Session, place: Place, node: Node = WHOLE, *, past: bool = False
) -> list[Block]:
    """The blocks that a node reaches into, in order; their past only if asked for."""
    statement = _LIST.format(past="past" if past else "CAST(NULL AS bytea) AS past")
    nothing = cache(empty)  # the past of a block stays what it is: many may share one
    blocks = []
    for region, product, raw_lines, raw_cells, before in await session.execute(
        statement, _params(place, node)
    ):
        lines, cells = read_lines(raw_lines), read_cells(raw_cells)
        count = len(lines) // 2
        months = len(cells) // count // 2
        shape = nothing(count, months) if before is None else read_cells(before)
        blocks.append(Block(region, product, lines, cells, shape))
    return blocks


async def list_totals(session: Session, place: Place, node: Node) -> list[Columns]:
    """The sums of the blocks that a node reaches into."""
    rows = await session.execute(_TOTALS, _params(place, node))
    return [Columns(row.region, row.product, read_cells(row.totals)) for row in rows]


async def list_regions(session: Session, place: Place) -> list[int]:
    """The regions that have lines, by number."""
    return [row.region for row in await session.execute(_REGIONS, _params(place, WHOLE))]


async def count_cells(session: Session, plan_id: UUID, number: int) -> int:
    """How many cells one measure has."""
    place = Place(plan_id, number, MEASURES[0])
    return int(await session.scalar(_CELLS, place._asdict()))


def _params(place: Place, node: Node) -> dict[str, object]:
    return {**place._asdict(), "region": node.region, "product": node.product}
