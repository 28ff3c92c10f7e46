"""Versions of potentials: only added, the latest of each is true."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.territories.potential import Allowance, Bounds, Formula, Potential
from services.kpi.repository.versions import (
    EVERY,
    Part,
    latest_versions,
    put_version,
    versions_of,
)
from services.kpi.tables.territories import potential
from shared.database import Row, Session
from shared.errors import NotFoundError

_PARTS: Final = [item.name for item in fields(Formula)]
_MEASURES: Final = {measure.value: measure for measure in Measure}
_ALLOWANCE: Final = tuple(potential.c[name] for name in Allowance._fields)
_PLAIN: Final = ("territory_id", "product", "measure", "currency", "first", "end", "assumption")


@dataclass(frozen=True, slots=True, kw_only=True)
class PotentialVersion:
    potential_id: UUID
    version: int
    potential: Potential
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class PotentialFilter:
    """Conditions on potentials; None is no condition. `on` is a day that lies in their time."""

    territory_id: UUID | None = None
    product: str | None = None
    measure: Measure | None = None
    on: date | None = None


def no_such_potential() -> NotFoundError:
    return NotFoundError("There is no such potential.")


async def add_version(session: Session, item: PotentialVersion) -> None:
    """The version is the latest from now on."""
    whole = item.potential
    values: dict[str, Any] = {name: getattr(whole, name) for name in _PLAIN}
    values |= dict.fromkeys(_PARTS) if whole.formula is None else asdict(whole.formula)
    values |= whole.bounds._asdict()
    values |= {
        name: getattr(item, name)
        for name in ("potential_id", "version", "changed_at", "changed_by")
    }
    await put_version(session, potential.c.potential_id, values)


async def list_potentials(
    session: Session, criteria: PotentialFilter, *, before: UUID | None, limit: int
) -> list[PotentialVersion]:
    """The latest versions, newest id first, one more than `limit`."""
    query = latest_versions(potential.c.potential_id, before=before, limit=limit)
    for name in ("territory_id", "product", "measure"):
        value = getattr(criteria, name)
        if value is not None:
            query = query.where(potential.c[name] == value)
    if criteria.on is not None:
        query = query.where(potential.c.first <= criteria.on, potential.c.end > criteria.on)
    return [_version(row) for row in await session.execute(query)]


async def read_allowances(
    session: Session, **criteria: str | Collection[Any] | None
) -> dict[UUID, Allowance]:
    """What each potential allows as it is now, by id: of those whose columns have these values, or
    one of several.
    """
    query = select(potential.c.potential_id, *_ALLOWANCE).where(potential.c.is_latest)
    for name, value in criteria.items():
        column = potential.c[name]
        if value is None or isinstance(value, str):
            query = query.where(column.is_not_distinct_from(value))
        else:
            query = query.where(column.in_(value))
    return {row[0]: Allowance(*row[1:]) for row in await session.execute(query)}


async def list_spans(
    session: Session, measure: str, currency: str | None
) -> list[tuple[date, date]]:
    """The times that potentials of this measure and currency are of, in order."""
    times = potential.c.first, potential.c.end
    query = select(*times).distinct().order_by(*times).where(potential.c.is_latest)
    what = potential.c.measure == measure, potential.c.currency.is_not_distinct_from(currency)
    return [(first, end) for first, end in await session.execute(query.where(*what))]


async def list_products(session: Session, measure: str, currency: str | None) -> list[str]:
    """What potentials of this measure and currency are of, as they are now."""
    what = potential.c.measure == measure, potential.c.currency.is_not_distinct_from(currency)
    query = select(potential.c.product).distinct().where(potential.c.is_latest, *what)
    return [row[0] for row in await session.execute(query)]


async def find_latest(session: Session, ids: Collection[UUID]) -> dict[UUID, PotentialVersion]:
    """The latest versions by id, locked against a change until the commit."""
    query = (
        select(potential)
        .where(potential.c.potential_id.in_(sorted(ids)), potential.c.is_latest)
        .order_by(potential.c.potential_id)
        .with_for_update()
    )
    return {row.potential_id: _version(row) for row in await session.execute(query)}


async def list_versions(
    session: Session, potential_id: UUID, part: Part = EVERY
) -> Sequence[PotentialVersion]:
    """Its versions, the latest first, one more than the limit. Raises NotFoundError where there is
    not even one, nor one before.
    """
    rows = await versions_of(session, potential.c.potential_id, potential_id, part)
    versions = [_version(row) for row in rows]
    if not versions and part.before is None:
        raise no_such_potential()
    return versions


def _version(row: Row) -> PotentialVersion:
    return PotentialVersion(
        potential_id=row["potential_id"],
        version=row["version"],
        potential=_potential(row),
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
    )


def _potential(row: Row) -> Potential:
    parts = {name: row[name] for name in _PARTS} if row["buyers"] is not None else None
    return Potential(
        territory_id=row["territory_id"],
        product=row["product"],
        measure=_MEASURES[row["measure"]],
        currency=row["currency"],
        first=row["first"],
        end=row["end"],
        formula=None if parts is None else Formula(**parts),
        bounds=Bounds(row["market"], row["sales"]),
        assumption=row["assumption"],
    )
