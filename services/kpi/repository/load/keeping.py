"""Sums up load over days of UTC that have ended, and over blocks of them."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.load.days import QUARTER, QUARTERS, SPANS, packed
from services.kpi.domain.load.figures import sums_of, sums_together
from services.kpi.domain.load.levels import micros
from services.kpi.domain.load.people import Span
from services.kpi.domain.load.sums import Sums
from services.kpi.repository.facts import lock_stories
from services.kpi.repository.load.days import EVERYBODY, NAMES, SUMS
from services.kpi.repository.load.people import list_manager_ids
from services.kpi.repository.load.persons import list_persons
from services.kpi.repository.rollups.blocks import day_at
from services.kpi.repository.rollups.counters import begin_of_block, get_rolled_until
from shared.database import Session
from shared.runtime.pace import Pace
from shared.statements import columns

_ALL: Final = 2**31 - 2  # changes, or managers: of a day as many as there are
_ONE_DAY: Final = timedelta(days=1)
_MISSING: Final = """
SELECT CAST(day AS date) FROM generate_series(
    (SELECT CAST(min(received_at) AT TIME ZONE 'UTC' AS date) FROM lead_story),
    CAST(:until AS date) - 1, interval '1 day') AS day
WHERE NOT EXISTS (SELECT FROM load_kept WHERE span = 1 AND first_day = CAST(day.day AS date))
ORDER BY 1 DESC LIMIT 1
"""


def _missing_block(span: int, parts: int) -> str:
    """The latest block of which all parts, of so many days each, are kept, and it is not."""
    return f"""
    SELECT block FROM (
        SELECT {begin_of_block("first_day", str(span))} AS block FROM load_kept
        WHERE span = {parts} GROUP BY 1 HAVING count(*) = {span // parts}
    ) AS whole
    WHERE NOT EXISTS (SELECT FROM load_kept WHERE span = {span} AND first_day = block)
    ORDER BY 1 DESC LIMIT 1"""


_FORGET: Final = "DELETE FROM load_sum WHERE span = :span AND first_day = :day"
_FORGET_PARTS: Final = "DELETE FROM load_part WHERE day = :day"
_NAMES: Final = ", ".join(NAMES)
_ADD: Final = f"""
INSERT INTO load_sum (span, first_day, manager_id, {_NAMES}, peaks)
SELECT 1, CAST(:day AS date), * FROM unnest(CAST(:managers AS uuid[]), CAST(:peak AS int[]),
    {", ".join(f"CAST(:{name} AS numeric[])" for name in NAMES[1:])}, CAST(:peaks AS bytea[]))
"""
_ADD_PARTS: Final = """
INSERT INTO load_part (day, part, manager_id, sums)
SELECT CAST(:day AS date), * FROM unnest(CAST(:parts AS smallint[]), CAST(:holders AS uuid[]),
    CAST(:sums AS bytea[])) ORDER BY 1, 2
"""
_ADD_BLOCK: Final = f"""
INSERT INTO load_sum (span, first_day, manager_id, {_NAMES})
SELECT CAST(:span AS smallint), CAST(:day AS date), manager_id, {SUMS} FROM load_sum
WHERE span = :parts AND first_day >= :day
    AND first_day < CAST(:day AS date) + CAST(:span AS smallint)
GROUP BY manager_id
"""
_KEEP: Final = "INSERT INTO load_kept (span, first_day) VALUES (:span, :day)"


async def keep_load_next(session: Session) -> bool:
    """Sum up the latest day that is not kept, and the blocks that it makes whole; False if there is
    none.

    Takes the lock of the stories, which is held until the transaction ends.
    """
    await lock_stories(session)
    until = await get_rolled_until(session)
    if until == date.min:
        return False
    # Changes are read by a plan for a day: one for any time at all reads them whole.
    await session.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    day = await session.scalar(_MISSING, {"until": until})
    if day is not None:
        await _keep_day(session, day)
        # Blocks are read wherever all their days are kept: neither is there without the other.
        while await _keep_block(session):
            pass
        return True
    return await _keep_block(session)


async def _keep_block(session: Session) -> bool:
    for span, parts in pairwise(SPANS):
        block = await session.scalar(_missing_block(span, parts))
        if block is not None:
            params = {"span": span, "day": block}
            await session.execute(_FORGET, params)
            await session.execute(_ADD_BLOCK, params | {"parts": parts})
            await session.execute(_KEEP, params)
            return True
    return False


async def _keep_day(session: Session, day: date) -> None:
    sums, pace = await _sum_up(session, day), Pace()
    whole, parts = [], []
    for holder, quarters in sums:
        await pace.breathe()
        of_day = packed(quarters)
        if any(of_day.whole) or holder == EVERYBODY:
            whole.append((holder, *of_day.whole, of_day.peaks))
            parts += [(part, holder, sums_) for part, sums_ in enumerate(of_day.parts)]
    key: dict[str, Any] = {"span": 1, "day": day}
    for forget in (_FORGET, _FORGET_PARTS):
        await session.execute(forget, key)
    await session.execute(_ADD, key | columns(f"managers {' '.join(NAMES)} peaks", whole))
    await session.execute(_ADD_PARTS, key | columns("parts holders sums", parts))
    await session.execute(_KEEP, key)


async def _sum_up(session: Session, day: date) -> list[tuple[UUID, Sequence[Sums]]]:
    """By quarters of the day, of each manager and of all as one."""
    managers = await list_manager_ids(session, after=None, limit=_ALL)
    span = Span(day_at(day), day_at(day + _ONE_DAY))
    persons = await list_persons(session, managers, span, known_on=None, most=_ALL)
    edges = [micros(span.start) + number * QUARTER for number in range(QUARTERS + 1)]
    sums: list[tuple[UUID, Sequence[Sums]]] = []
    pace = Pace()
    for manager_id, person in persons.items():
        await pace.breathe()
        if manager_id != EVERYBODY:  # whose own load is read from single changes
            sums.append((manager_id, sums_of(person, edges)))
    sums.append((EVERYBODY, sums_together(list(persons.values()), edges)))
    return sums
