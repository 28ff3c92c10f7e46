"""Territories: placed in the tree, corrected, and what is known of each on a day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.lines.tables import word_of
from services.kpi.domain.lines.versions import LineVersion
from services.kpi.domain.territories.facts import TerritoryFact
from services.kpi.domain.territories.tree import Territory, Tree, faults_of, path_of
from services.kpi.repository.territories import facts as fact_rows
from services.kpi.repository.territories import territories as rows
from services.kpi.repository.territories.potentials import PotentialFilter, list_potentials
from services.kpi.repository.territories.territories import TerritoryVersion
from services.kpi.repository.versions import Part
from services.kpi.use_cases.errors import (
    TerritoryInUseError,
    TooManyTerritoriesError,
    require_version,
)
from services.kpi.use_cases.territories.ceilings import breaches_of
from services.kpi.use_cases.territories.limits import read_limits, with_tree
from services.kpi.use_cases.working_days import is_country
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id

MOST_TERRITORIES: Final = 5000
MOST_SHOWN_FACTS: Final = 500
MOST_NAMED: Final = 20  # of what hangs on a territory


class TerritoryFields(NamedTuple):
    name: str
    parent_id: UUID | None
    region: str | None
    country: str | None = None


class TerritoryView(NamedTuple):
    """A territory, its versions of a page, its names from the outermost on, and what is known of
    it.
    """

    latest: TerritoryVersion
    versions: Sequence[TerritoryVersion]
    path: str
    facts: Sequence[LineVersion[TerritoryFact]]


async def create_territory(
    session: Session, wish: TerritoryFields, *, actor: str, now: datetime
) -> TerritoryVersion:
    """Raises InvalidError, TooManyTerritoriesError."""
    await rows.lock_territories(session)
    tree = await rows.read_tree(session)
    if len(tree) >= MOST_TERRITORIES:
        raise TooManyTerritoriesError(f"There are {MOST_TERRITORIES} territories, the most.")
    return await _put(session, Territory(new_id(), *wish), tree, 1, actor=actor, now=now)


async def correct_territory(
    session: Session,
    territory_id: UUID,
    wish: TerritoryFields,
    *,
    version: int,
    actor: str,
    now: datetime,
) -> TerritoryVersion:
    """A new version; what was before stays. Raises InvalidError, NotFoundError,
    StaleVersionError.
    """
    await rows.lock_territories(session)
    latest = await rows.get_latest(session, territory_id)
    require_version(latest.version, version)
    tree = await rows.read_tree(session)
    item = Territory(territory_id, *wish)
    return await _put(session, item, tree, version + 1, actor=actor, now=now)


async def _put(
    session: Session, item: Territory, tree: Tree, version: int, *, actor: str, now: datetime
) -> TerritoryVersion:
    errors = [(f"/{name}", detail) for name, detail in faults_of(item, tree)]
    if item.country is not None and not is_country(item.country):
        errors.append(("/country", "no public holidays are known of it"))
    if errors:
        raise InvalidError("The territory has no place in the tree.", errors=errors)
    await _require_no_breach(session, item, tree, now=now)
    whole = TerritoryVersion(territory=item, version=version, changed_at=now, changed_by=actor)
    await rows.add_version(session, whole)
    return whole


async def _require_no_breach(
    session: Session, item: Territory, tree: Tree, *, now: datetime
) -> None:
    """Raises InvalidError that names the goals and forecasts for which there would not be enough
    potential where the territory is another region, or lies elsewhere.
    """
    present = tree.get(item.territory_id)
    if present is not None and (present.region, present.parent_id) == (item.region, item.parent_id):
        return
    before = await read_limits(session, now)
    after = with_tree(before, {**tree, item.territory_id: item})
    is_marked = item.region != (None if present is None else present.region)
    pointer = "/region" if is_marked else "/parent_id"
    breaches = await breaches_of(session, before, after, now=now)
    if breaches:
        errors = [(pointer, breach) for breach in breaches]
        raise InvalidError("Goals or forecasts would have too little potential.", errors=errors)


async def delete_territory(
    session: Session, territory_id: UUID, *, version: int, now: datetime
) -> None:
    """Take away one on which nothing hangs, with its versions: what was said of it and taken back
    stays. Raises NotFoundError, StaleVersionError, TerritoryInUseError.
    """
    await rows.lock_territories(session)
    latest = await rows.get_latest(session, territory_id)
    require_version(latest.version, version)
    tree = await rows.read_tree(session)
    hanging = await _hanging(session, territory_id, tree)
    if not hanging:
        before = await read_limits(session, now)
        others = {one: item for one, item in tree.items() if one != territory_id}
        hanging = await breaches_of(session, before, with_tree(before, others), now=now)
    if hanging:
        raise TerritoryInUseError("Something hangs on the territory.", extra={"hanging": hanging})
    await rows.delete_versions(session, territory_id)


async def _hanging(session: Session, territory_id: UUID, tree: Tree) -> list[str]:
    """What lies in it, and what is said of it, of each kind the first and how many more."""
    inside = sorted(item.name for item in tree.values() if item.parent_id == territory_id)
    potentials = await list_potentials(
        session, PotentialFilter(territory_id), before=None, limit=MOST_NAMED
    )
    facts = await fact_rows.list_of(session, territory_id, limit=MOST_NAMED + 1)
    words = [f"the territory {name!r} lies in it" for name in inside]
    words += [
        f"the potential {item.potential_id} of {item.potential.product or 'all products'!r}"
        f" from {item.potential.first} to {item.potential.end}"
        for item in potentials
    ]
    words += [
        f"the fact {item.line.fact_id}: {item.line.kind} on {item.line.day}" for item in facts
    ]
    more = len(words) - MOST_NAMED
    return words if more <= 0 else [*words[:MOST_NAMED], "and more"]


async def show_territory(
    session: Session, territory_id: UUID, on: date, part: Part
) -> TerritoryView:
    """Raises NotFoundError."""
    latest = await rows.get_latest(session, territory_id)
    versions = await rows.list_versions(session, territory_id, part)
    tree = await rows.read_tree(session)
    facts = await fact_rows.list_on(session, territory_id, on, limit=MOST_SHOWN_FACTS)
    return TerritoryView(latest, versions, path_of(tree, territory_id), facts)


async def find_names(session: Session) -> Mapping[str, Sequence[UUID]]:
    """Which territories a cell of a table may mean: by id, by name, by path, without case."""
    tree = await rows.read_tree(session)
    names: dict[str, list[UUID]] = defaultdict(list)
    for territory_id, item in tree.items():
        words = {str(territory_id), word_of(item.name), word_of(path_of(tree, territory_id))}
        for word in words:
            names[word].append(territory_id)
    return names
