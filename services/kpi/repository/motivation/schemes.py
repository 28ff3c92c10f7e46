"""Versions of pay schemes. A version never changes, but for its approval."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert

from services.kpi.domain.motivation.codec import terms_json, terms_of
from services.kpi.domain.motivation.terms import Terms
from services.kpi.tables.motivation import pay_scheme
from shared.database import Row, Session
from shared.errors import NotFoundError

_FIELDS: Final = (
    "scheme_id, version, name, manager_ids, terms, created_at, created_by, from_month,"
    " approved_at, approved_by"
)
_LIST: Final = f"""
SELECT {_FIELDS} FROM pay_scheme
WHERE is_latest AND (CAST(:before AS uuid) IS NULL OR scheme_id < :before)
ORDER BY scheme_id DESC LIMIT :limit
"""
_VERSIONS: Final = f"""
SELECT {_FIELDS} FROM pay_scheme
WHERE scheme_id = :scheme_id AND (CAST(:before AS integer) IS NULL OR version < :before)
ORDER BY version DESC LIMIT :limit
"""
_GET: Final = f"SELECT {_FIELDS} FROM pay_scheme WHERE scheme_id = :scheme_id"
_APPROVED: Final = f"""
SELECT {_FIELDS} FROM pay_scheme WHERE from_month <= :month
"""
_OUTDATE: Final = "UPDATE pay_scheme SET is_latest = false WHERE scheme_id = :scheme_id"
_COUNT: Final = "SELECT count(*) FROM pay_scheme WHERE is_latest"
_APPROVE: Final = """
UPDATE pay_scheme SET from_month = :from_month, approved_at = :now, approved_by = :actor
WHERE scheme_id = :scheme_id AND version = :version AND approved_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A version of a scheme; a draft while nobody has approved it, then it pays `from_month` on."""

    scheme_id: UUID
    version: int
    name: str
    manager_ids: Sequence[UUID]
    terms: Terms
    created_at: datetime
    created_by: str
    from_month: date | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None

    @property
    def state(self) -> str:
        return "draft" if self.approved_at is None else "approved"


def no_such_scheme() -> NotFoundError:
    return NotFoundError("There is no such scheme.")


async def list_schemes(session: Session, *, before: UUID | None, limit: int) -> list[Scheme]:
    """The latest version of each, newest id first, one more than `limit`."""
    rows = await session.execute(_LIST, {"before": before, "limit": limit + 1})
    return [_scheme(row) for row in rows]


async def list_versions(
    session: Session, scheme_id: UUID, *, before: int | None, limit: int
) -> list[Scheme]:
    """The latest first, one more than `limit`."""
    params = {"scheme_id": scheme_id, "before": before, "limit": limit + 1}
    return [_scheme(row) for row in await session.execute(_VERSIONS, params)]


async def get_scheme(session: Session, scheme_id: UUID, version: int | None = None) -> Scheme:
    """One version, or the latest. Raises NotFoundError."""
    which = " AND is_latest" if version is None else " AND version = :version"
    params = {"scheme_id": scheme_id} | ({} if version is None else {"version": version})
    row = (await session.execute(_GET + which, params)).first()
    if row is None:
        raise no_such_scheme()
    return _scheme(row)


async def list_approved(session: Session, month: date) -> list[Scheme]:
    """All approved versions that may pay in a month."""
    rows = await session.execute(_APPROVED, {"month": month})
    return [_scheme(row) for row in rows]


async def count_schemes(session: Session) -> int:
    number: int = await session.scalar(_COUNT)
    return number


async def add_version(session: Session, item: Scheme) -> None:
    """Add the version that is now the latest; schemes are locked."""
    await session.execute(_OUTDATE, {"scheme_id": item.scheme_id})
    values: dict[str, Any] = {
        "scheme_id": item.scheme_id,
        "version": item.version,
        "name": item.name,
        "manager_ids": list(item.manager_ids),
        "terms": terms_json(item.terms),
        "created_at": item.created_at,
        "created_by": item.created_by,
        "is_latest": True,
    }
    await session.execute(insert(pay_scheme).values(values))


async def approve_version(
    session: Session, scheme_id: UUID, version: int, *, from_month: date, actor: str, now: datetime
) -> None:
    params = {"scheme_id": scheme_id, "version": version, "from_month": from_month}
    await session.execute(_APPROVE, {**params, "actor": actor, "now": now})


def _scheme(row: Row) -> Scheme:
    return Scheme(**{**row, "terms": terms_of(row.terms)})
