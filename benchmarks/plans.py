"""How long a node of a plan takes to read with its children, to set, to hold against what was
sold, and to take away as a workbook, by size of the cube.

`python -m benchmarks.plans [--cells 100000 1000000] [--sales N] [--rounds N]`: a private, durable
PostgreSQL with a year of months, 20 regions, 25 products and as many lines as make the cells.
"""

import argparse
import random
from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

import uvloop

from benchmarks.machine import workshop
from benchmarks.report import machine_line
from benchmarks.rounds import Deed, rounds_of
from deploy.embedded.postgres.server import PrivatePostgres
from services.kpi.domain.plan.blocks import CELL, Block
from services.kpi.domain.plan.building import new_block
from services.kpi.domain.plan.nodes import MEASURES, NATURES, Node
from services.kpi.domain.plan.terms import NAMED, Rule, Terms
from services.kpi.repository.plan import plans
from services.kpi.repository.plan.blocks import Place, put_blocks
from services.kpi.repository.plan.plans import DRAFT, KeptPlan, Version
from services.kpi.repository.plan.values import add_values
from services.kpi.use_cases.plan.bridge import show_bridge
from services.kpi.use_cases.plan.control import Wish, show_control, show_quality
from services.kpi.use_cases.plan.files import write_cube
from services.kpi.use_cases.plan.nodes import read_node
from services.kpi.use_cases.plan.setting import SettingWish, set_draft
from shared.database import Database, Session, open_database, transaction
from shared.ids import new_id
from shared.migrations import upgrade

LATER: Final = datetime(2027, 11, 15, 9, tzinfo=UTC)  # when ten months of the plan are over
NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
MONTHS, REGIONS, PRODUCTS, SELLERS = 12, 20, 25, 40


def terms_of() -> Terms:
    season = {measure: [1] * MONTHS for measure in MEASURES}
    return Terms(
        plan_id=new_id(),
        name="plan",
        currency="RUB",
        first_month=date(2027, 1, 1),
        months=MONTHS,
        party="channel",
        rule=Rule(),
        season=season,
    )


def blocks_of(cells: int) -> list[Block]:
    """Blocks of every region and product, with random numbers in about so many cells."""
    lines = cells // (REGIONS * PRODUCTS * MONTHS * len(NATURES))
    pairs = [(number // SELLERS, number % SELLERS) for number in range(max(1, lines))]
    chance = random.Random(cells)
    blocks = []
    for region in range(REGIONS):
        for item in range(PRODUCTS):
            block = new_block(region, item, pairs, MONTHS)
            amounts = array(CELL, (chance.randrange(10**7) for _ in block.cells))
            blocks.append(replace(block, cells=amounts))
    return blocks


# A year of sales by the values of the plan, a seller and a customer each.
_SALES: Final = """
INSERT INTO sale (sale_id, known_on, known_until, person_id, contact_id, at, amount, currency,
    manager_id, region, product, origins)
SELECT gen_random_uuid(), DATE '2027-01-01', 'infinity', gen_random_uuid(), gen_random_uuid(),
    TIMESTAMPTZ '2027-01-01' + n * (interval '364 days' / :sales), n % 1000, 'RUB',
    CAST(lpad(CAST(n % 40 AS text), 32, '0') AS uuid), 'region ' || n % 20, 'product ' || n % 25, ''
FROM generate_series(1, CAST(:sales AS integer)) AS n
"""


async def sell(database: Database, sales: int) -> None:
    async with transaction(database) as session:
        await session.execute(_SALES, {"sales": sales})
    async with transaction(database) as session:
        await session.execute("ANALYZE sale")


async def fill(database: Database, terms: Terms, cells: int) -> None:
    values = {axis: [f"{axis} {number}" for number in range(1_000)] for axis in NAMED}
    async with transaction(database) as session:
        await plans.add_plan(session, KeptPlan(terms, {"kind": "values"}, NOW, "x"))
        await plans.add_version(session, Version(terms.plan_id, 1, DRAFT, 0, None, NOW, "x"))
        await add_values(session, terms.plan_id, values)
        await put_blocks(session, Place(terms.plan_id, 1, "revenue"), blocks_of(cells))


def _read(terms: Terms, node: Node, axis: Any) -> Deed:
    place = Place(terms.plan_id, 1, "revenue")
    return lambda session: read_node(
        session, terms, place, node, axis, against=None, after=-1, limit=200
    )


def _wish(terms: Terms, axis: Any) -> Wish:
    return Wish(Place(terms.plan_id, 1, "revenue"), {}, axis, ZoneInfo("Europe/Moscow"), LATER)


async def _take_away(session: Session, terms: Terms) -> None:
    _, file = await write_cube(session, terms, 1, ["revenue"])
    file.close()


def _set(terms: Terms, **names: str) -> Deed:
    async def deed(session: Session) -> None:
        version = await plans.get_version(session, terms.plan_id, 1)
        value = Decimal(50_000_000 + version.revision)
        wish = SettingWish(
            measure="revenue", node=names, value=value, within=None, spread=False, reason="x"
        )
        await set_draft(
            session, terms.plan_id, 1, wish, revision=version.revision, actor="x", now=NOW
        )

    return deed


def deeds_of(terms: Terms) -> dict[str, Deed]:
    return {
        "read all by region": _read(terms, Node(), "region"),
        "read all by month": _read(terms, Node(), "month"),
        "read all by seller": _read(terms, Node(), "seller"),
        "read a seller by month": _read(terms, Node(seller=3), "month"),
        "read a region by seller": _read(terms, Node(region=3), "seller"),
        "read a product by party": _read(terms, Node(product=3), "party"),
        "control all by seller": lambda session: show_control(
            session, terms, _wish(terms, "seller")
        ),
        "quality by region": lambda session: show_quality(session, terms, _wish(terms, "region")),
        "bridge by product": lambda session: show_bridge(session, terms, _wish(terms, "product")),
        "take away a workbook": lambda session: _take_away(session, terms),
        "set all": _set(terms),
        "set a month": _set(terms, month="2027-03"),
        "set a seller": _set(terms, seller="seller 3"),
        "set a region": _set(terms, region="region 3"),
    }


async def measure(database: Database, name: str, deed: Deed, rounds: int, pid: int) -> None:
    walls, used = await rounds_of(database, deed, rounds, pid)
    print(f"{name:>26}{walls[0]:>12.1f}{median(walls):>12.1f}{used:>12.1f}", flush=True)


async def measure_all(folder: Path, sizes: Sequence[int], sales: int, rounds: int) -> None:
    postgres = PrivatePostgres(folder / "state")
    postgres.start()
    try:
        await postgres.create_databases(["kpi"])
        await upgrade("kpi", postgres.url("kpi"))
        assert postgres.process is not None
        first = open_database(postgres.url("kpi"), service="kpi")
        await sell(first, sales)
        await first.close()
        for cells in sizes:
            door = open_database(postgres.url("kpi"), service="kpi")
            terms = terms_of()
            await fill(door, terms, cells)
            heading = f"{'least, ms':>12}{'median, ms':>12}{'CPU, ms':>12}"
            print(f"{cells} cells\n{'':>26}{heading}", flush=True)
            for name, deed in deeds_of(terms).items():
                await measure(door, name, deed, rounds, postgres.process.pid)
            await door.close()
    finally:
        postgres.stop()


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plans", description=__doc__)
    parser.add_argument("--cells", nargs="+", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--sales", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    with workshop() as folder:
        uvloop.run(measure_all(folder, sorted(arguments.cells), arguments.sales, arguments.rounds))


if __name__ == "__main__":
    main()
