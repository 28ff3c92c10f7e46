"""Potentials: set, corrected, and never below what is foretold or meant to be reached."""

from datetime import datetime
from uuid import UUID

from services.kpi.domain.territories.potential import Potential, potential_faults
from services.kpi.domain.territories.tree import Tree
from services.kpi.repository.territories import potentials as rows
from services.kpi.repository.territories.potentials import PotentialVersion
from services.kpi.repository.territories.territories import lock_territories, read_tree
from services.kpi.use_cases.errors import require_version
from services.kpi.use_cases.territories.ceilings import breaches_of
from services.kpi.use_cases.territories.limits import read_limits, with_potential
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id


async def create_potential(
    session: Session, item: Potential, *, actor: str, now: datetime
) -> PotentialVersion:
    """Raises InvalidError."""
    await lock_territories(session)
    version = PotentialVersion(
        potential_id=new_id(), version=1, potential=item, changed_at=now, changed_by=actor
    )
    return await _put(session, version, now)


async def correct_potential(
    session: Session,
    potential_id: UUID,
    item: Potential,
    *,
    version: int,
    actor: str,
    now: datetime,
) -> PotentialVersion:
    """A new version; what was before stays. Raises InvalidError, NotFoundError,
    StaleVersionError.
    """
    await lock_territories(session)
    latest = (await rows.find_latest(session, [potential_id])).get(potential_id)
    if latest is None:
        raise rows.no_such_potential()
    require_version(latest.version, version)
    return await _put(
        session,
        PotentialVersion(
            potential_id=potential_id,
            version=version + 1,
            potential=item,
            changed_at=now,
            changed_by=actor,
        ),
        now,
    )


async def _put(session: Session, version: PotentialVersion, now: datetime) -> PotentialVersion:
    errors = await _errors(session, version, await read_tree(session), now)
    if errors:
        raise InvalidError("It is no potential.", errors=errors)
    await rows.add_version(session, version)
    return version


async def _errors(
    session: Session, version: PotentialVersion, tree: Tree, now: datetime
) -> list[tuple[str, str]]:
    item = version.potential
    errors = [(f"/{name}", detail) for name, detail in potential_faults(item)]
    if item.territory_id not in tree:
        errors.append(("/territory_id", "there is no such territory"))
    if errors:
        return errors
    before = await read_limits(session, now)
    after = with_potential(before, version.potential_id, item)
    breaches = await breaches_of(session, before, after, now=now)
    return [(f"/{item.sales_field}", breach) for breach in breaches]
