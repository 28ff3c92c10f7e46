"""What-ifs: how far each is, and its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from shared.database import Session
from shared.errors import NotFoundError
from shared.statements import columns

_FIELDS: Final = (
    "what_if_id, scheme_id, version, first_month, next_month, end_month, requested_at,"
    " requested_by, done_at"
)
_ADD: Final = f"""
INSERT INTO pay_what_if ({_FIELDS})
VALUES (:what_if_id, :scheme_id, :version, :first_month, :next_month, :end_month, :requested_at,
    :requested_by, NULL)
"""
_GET: Final = f"SELECT {_FIELDS} FROM pay_what_if WHERE what_if_id = :what_if_id"
_LIST: Final = f"""
SELECT {_FIELDS} FROM pay_what_if WHERE scheme_id = :scheme_id AND version = :version
    AND (CAST(:before AS uuid) IS NULL OR what_if_id < :before)
ORDER BY what_if_id DESC LIMIT :limit
"""
_NEXT: Final = f"""
SELECT {_FIELDS} FROM pay_what_if WHERE done_at IS NULL ORDER BY what_if_id LIMIT 1
FOR UPDATE SKIP LOCKED
"""
_COUNT_OPEN: Final = "SELECT count(*) FROM pay_what_if WHERE done_at IS NULL"
_HAS_RESULT: Final = """
SELECT EXISTS (SELECT FROM pay_what_if
    WHERE scheme_id = :scheme_id AND version = :version AND done_at IS NOT NULL)
"""
_ADVANCE: Final = """
UPDATE pay_what_if SET next_month = CAST(:next_month AS date),
    done_at = CASE WHEN CAST(:next_month AS date) >= end_month
        THEN CAST(:now AS timestamptz) END
WHERE what_if_id = :what_if_id
"""
_ADD_ROWS: Final = """
INSERT INTO pay_what_if_row (what_if_id, month, manager_id, proposed, present, present_currency,
    has_target)
SELECT CAST(:what_if_id AS uuid), CAST(:month AS date), * FROM unnest(CAST(:managers AS uuid[]),
    CAST(:proposals AS numeric[]), CAST(:presents AS numeric[]), CAST(:currencies AS text[]),
    CAST(:plans AS boolean[]))
ON CONFLICT (what_if_id, month, manager_id) DO NOTHING
"""
_ROWS: Final = """
SELECT month, manager_id, proposed, present, present_currency, has_target FROM pay_what_if_row
WHERE what_if_id = :what_if_id AND (CAST(:month AS date) IS NULL
    OR (month, manager_id) > (CAST(:month AS date), CAST(:manager_id AS uuid)))
ORDER BY month, manager_id LIMIT :limit
"""
_TOTALS: Final = """
SELECT present_currency, sum(proposed) AS proposed, sum(present) AS present, count(*) AS rows,
    count(*) FILTER (WHERE NOT has_target) AS without_target
FROM pay_what_if_row WHERE what_if_id = :what_if_id GROUP BY present_currency
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What a version would have paid from `first_month` to before `end_month`; it is computed up to
    `next_month`.
    """

    what_if_id: UUID
    scheme_id: UUID
    version: int
    first_month: date
    next_month: date
    end_month: date
    requested_at: datetime
    requested_by: str
    done_at: datetime | None = None


class WhatIfRow(NamedTuple):
    """What a manager would have got in a month, and what the present scheme pays: None without."""

    month: date
    manager_id: UUID
    proposed: Decimal
    present: Decimal | None
    present_currency: str | None
    has_target: bool


class WhatIfTotal(NamedTuple):
    """Sums by the currency of what is paid at present."""

    present_currency: str | None
    proposed: Decimal
    present: Decimal | None
    rows: int
    without_target: int


async def add_what_if(session: Session, item: WhatIf) -> None:
    names = [name for name in _FIELDS.split(", ") if name != "done_at"]
    await session.execute(_ADD, {name: getattr(item, name) for name in names})


async def get_what_if(session: Session, what_if_id: UUID) -> WhatIf:
    """Raises NotFoundError."""
    row = (await session.execute(_GET, {"what_if_id": what_if_id})).first()
    if row is None:
        raise NotFoundError("There is no such what-if.")
    return WhatIf(**row)


async def list_what_ifs(
    session: Session, scheme_id: UUID, version: int, *, before: UUID | None, limit: int
) -> list[WhatIf]:
    """Of a version, newest id first, one more than `limit`."""
    params = {"scheme_id": scheme_id, "version": version, "before": before, "limit": limit + 1}
    return [WhatIf(**row) for row in await session.execute(_LIST, params)]


async def lock_next(session: Session) -> WhatIf | None:
    """The oldest that is not done."""
    row = (await session.execute(_NEXT)).first()
    return None if row is None else WhatIf(**row)


async def count_open(session: Session) -> int:
    number: int = await session.scalar(_COUNT_OPEN)
    return number


async def has_result(session: Session, scheme_id: UUID, version: int) -> bool:
    """Whether a what-if of the version was computed to its end."""
    params = {"scheme_id": scheme_id, "version": version}
    return bool(await session.scalar(_HAS_RESULT, params))


async def advance(session: Session, what_if_id: UUID, next_month: date, *, now: datetime) -> None:
    params = {"what_if_id": what_if_id, "next_month": next_month, "now": now}
    await session.execute(_ADVANCE, params)


async def add_rows(session: Session, what_if_id: UUID, rows: Sequence[WhatIfRow]) -> None:
    if rows:
        members = [row[1:] for row in rows]
        names = "managers proposals presents currencies plans"
        params = {"what_if_id": what_if_id, "month": rows[0].month, **columns(names, members)}
        await session.execute(_ADD_ROWS, params)


async def list_rows(
    session: Session, what_if_id: UUID, *, after: tuple[date, UUID] | None, limit: int
) -> list[WhatIfRow]:
    """By month and manager, one more than `limit`."""
    month, manager_id = after or (None, None)
    params = {"what_if_id": what_if_id, "month": month, "manager_id": manager_id}
    rows = await session.execute(_ROWS, {**params, "limit": limit + 1})
    return [WhatIfRow(*row) for row in rows]


async def sum_rows(session: Session, what_if_id: UUID) -> list[WhatIfTotal]:
    rows = await session.execute(_TOTALS, {"what_if_id": what_if_id})
    return [WhatIfTotal(*row) for row in rows]
