"""What has become of the sales of closed months since they were counted.

Whoever tells of sales marks those of closed months of which something else is known. Marks tell of
all of them while `pay_check` names the table of sales as it stands: one that was emptied, or made
anew, is looked through whole.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.motivation.codec import Json
from services.kpi.domain.motivation.corrections import CountedSale
from services.kpi.domain.motivation.tallies import Cell
from services.kpi.repository.motivation.facts import AMOUNT, OF_LEAD, PRODUCT, STANDS
from services.kpi.repository.motivation.statements import FrozenFacts, facts_of
from shared.database import Session
from shared.statements import columns

_TABLE: Final = "CAST(pg_relation_filenode('sale') AS bigint)"
_IS_MARKED: Final = f"EXISTS (SELECT FROM pay_check WHERE relation = {_TABLE})"
_MARK: Final = f"""
INSERT INTO pay_mark (sale_id)
SELECT DISTINCT n.sale_id
FROM unnest(CAST(:sales AS uuid[]), CAST(:times AS timestamptz[])) AS n (sale_id, at)
JOIN pay_month AS m ON n.at >= m.begins_at AND n.at < m.ends_at
WHERE {_IS_MARKED} ON CONFLICT DO NOTHING
"""
_MARK_ALL: Final = """
INSERT INTO pay_mark (sale_id) SELECT DISTINCT * FROM unnest(CAST(:sales AS uuid[]))
ON CONFLICT DO NOTHING
"""
_CHECKED: Final = f"""
INSERT INTO pay_check (is_check, relation, checked_on) VALUES (true, {_TABLE}, :today)
ON CONFLICT (is_check) DO UPDATE SET relation = excluded.relation, checked_on = excluded.checked_on
"""
_IS_CHECKED: Final = f"""
SELECT NOT EXISTS (SELECT FROM pay_month)
    OR EXISTS (SELECT FROM pay_check WHERE relation = {_TABLE} AND checked_on >= :today)
"""
# How many sales stand as closed months have counted them, beside how they stand now.
_CHANGES: Final = f"""
WITH counted AS (
    SELECT c.about, c.manager_id, c.sale_id, c.product, max(CAST(c.lead_id AS text)) AS lead,
        sum(c.quantity) AS quantity, sum(c.amount) AS amount
    FROM pay_sale AS c
    WHERE c.about >= :first AND (CAST(:only AS uuid) IS NULL OR c.manager_id = :only)
        {{of_counted}}
    GROUP BY 1, 2, 3, 4
), present AS (
    SELECT s.month AS about, s.manager_id, s.sale_id, {PRODUCT}, CAST(s.lead_id AS text) AS lead,
        1 AS quantity, {AMOUNT} AS amount
    FROM ({{of_present}}) AS s
    JOIN pay_statement AS p ON p.month = s.month AND p.manager_id = s.manager_id {OF_LEAD}
    WHERE s.month >= :first AND {STANDS}
        AND (s.amount IS NULL OR s.currency IS NULL OR s.currency = p.facts ->> 'currency')
        AND (CAST(:only AS uuid) IS NULL OR s.manager_id = :only)
), change AS (
    SELECT about, manager_id, sale_id, product, CAST(coalesce(n.lead, c.lead) AS uuid) AS lead_id,
        CAST(coalesce(n.quantity, 0) - coalesce(c.quantity, 0) AS integer) AS quantity,
        coalesce(n.amount, 0) - coalesce(c.amount, 0) AS amount
    FROM counted AS c FULL JOIN present AS n USING (about, manager_id, sale_id, product)
)
SELECT about, manager_id, sale_id, lead_id, product, quantity, amount FROM change
WHERE quantity <> 0 OR amount <> 0
ORDER BY about, manager_id, sale_id, product
"""
# Closed months touch one another: one is found by a halving search in their beginnings.
_OF_ALL: Final = _CHANGES.format(
    of_counted="",
    of_present="""
        SELECT sale.*, (ARRAY(SELECT month FROM pay_month ORDER BY month))[
            width_bucket(at, ARRAY(SELECT begins_at FROM pay_month ORDER BY month))] AS month
        FROM sale WHERE at < (SELECT max(ends_at) FROM pay_month)""",
)
_MARKED: Final = "ANY(ARRAY(SELECT sale_id FROM pay_mark))"
_OF_MARKED: Final = _CHANGES.format(
    of_counted=f"AND c.sale_id = {_MARKED}",
    of_present=f"""
        SELECT sale.*, m.month FROM sale
        JOIN pay_month AS m ON sale.at >= m.begins_at AND sale.at < m.ends_at
        WHERE sale_id = {_MARKED}""",
)
# What was paid for each closed month, corrections in later ones included.
_PAID: Final = """
WITH asked AS (
    SELECT *
    FROM unnest(CAST(:months AS date[]), CAST(:managers AS uuid[])) AS n (month, manager_id)
), later AS (
    SELECT s.manager_id, CAST(line ->> 'month' AS date) AS month,
        sum(CAST(line ->> 'amount' AS numeric)) AS carried
    FROM pay_statement AS s, jsonb_array_elements(s.lines) AS line
    WHERE s.manager_id IN (SELECT manager_id FROM asked)
        AND s.month > (SELECT min(month) FROM asked) AND line ->> 'month' IS NOT NULL
    GROUP BY 1, 2
)
SELECT s.month, s.manager_id, s.scheme_id, s.version, s.facts, s.lines,
    s.payout - s.carried AS payout, coalesce(later.carried, 0) AS carried
FROM asked JOIN pay_statement AS s USING (month, manager_id)
LEFT JOIN later USING (month, manager_id) ORDER BY s.month, s.manager_id
"""
_CARRIED: Final = """
SELECT s.about, s.manager_id, s.product, CAST(sum(s.quantity) AS integer) AS quantity,
    sum(s.amount) AS amount
FROM unnest(CAST(:months AS date[]), CAST(:managers AS uuid[])) AS asked (about, manager_id)
JOIN pay_sale AS s ON s.about = asked.about AND s.manager_id = asked.manager_id
    AND s.month > s.about
GROUP BY 1, 2, 3
"""
Place = tuple[date, UUID]  # a closed month, and whose


class PaidMonth(NamedTuple):
    """What a month paid of itself, by which lines (as they are kept), and what later months have
    corrected of it.
    """

    month: date
    manager_id: UUID
    scheme_id: UUID
    version: int
    facts: FrozenFacts
    lines: Sequence[Json]
    payout: Decimal
    carried: Decimal


async def mark_sales(session: Session, sales: Mapping[UUID, Collection[datetime]]) -> None:
    """Note that something else is known of these sales, which are or were of these moments, as far
    as they lie in closed months. The caller has the lock of the people.
    """
    if rows := [(sale_id, at) for sale_id, moments in sales.items() for at in moments]:
        await session.execute(_MARK, columns("sales times", rows))


async def is_checked(session: Session, today: date) -> bool:
    """Whether marks tell of all sales, and all were looked through today."""
    return bool(await session.scalar(_IS_CHECKED, {"today": today}))


async def check_sales(session: Session, first: date, today: date) -> None:
    """Look through all sales of the closed months, and mark those that have changed, and no others.
    The caller has the lock of the people.
    """
    rows = await session.execute(_OF_ALL, {"first": first, "only": None})
    await clear_marks(session)
    await session.execute(_MARK_ALL, {"sales": list({row.sale_id for row in rows})})
    await session.execute(_CHECKED, {"today": today})


async def clear_marks(session: Session) -> None:
    await session.execute("DELETE FROM pay_mark")


async def list_changes(
    session: Session, first: date, *, only: UUID | None
) -> dict[Place, list[CountedSale]]:
    """What sales of the closed months from `first` on are now more, or less, than was counted."""
    is_marked = await session.scalar(f"SELECT {_IS_MARKED}")
    changes: dict[Place, list[CountedSale]] = {}
    params = {"first": first, "only": only}
    for about, manager_id, *members in await session.execute(
        _OF_MARKED if is_marked else _OF_ALL, params
    ):
        changes.setdefault((about, manager_id), []).append(CountedSale(*members))
    return changes


async def list_paid(session: Session, places: Collection[Place]) -> list[PaidMonth]:
    """What these months have paid these managers, in order."""
    if not places:
        return []
    rows = await session.execute(_PAID, columns("months managers", sorted(places)))
    return [PaidMonth(**{**row, "facts": facts_of(row.facts)}) for row in rows]


async def list_carried(session: Session, places: Collection[Place]) -> dict[Place, list[Cell]]:
    """What later months have counted of these already."""
    cells: dict[Place, list[Cell]] = defaultdict(list)
    if places:
        params = columns("months managers", sorted(places))
        for about, manager_id, *members in await session.execute(_CARRIED, params):
            cells[about, manager_id].append(Cell(*members))
    return cells
