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
from services.kpi.repository.territories.territories import TerritoryVersion
from services.kpi.use_cases.errors import TooManyTerritoriesError, require_version
from services.kpi.use_cases.territories.ceilings import breaches_of
from services.kpi.use_cases.territories.limits import read_limits, with_tree
from services.kpi.use_cases.working_days import is_country
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id

MOST_TERRITORIES: Final = 5000
MOST_SHOWN_FACTS: Final = 500


class TerritoryFields(NamedTuple):
    name: str
    parent_id: UUID | None
    region: str | None
    country: str | None = None


class TerritoryView(NamedTuple):
    """A territory with its versions, its names from the outermost on, and what is known of it."""

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
    latest = (await rows.list_versions(session, territory_id))[0]
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


async def show_territory(session: Session, territory_id: UUID, on: date) -> TerritoryView:
    """Raises NotFoundError."""
    versions = await rows.list_versions(session, territory_id)
    tree = await rows.read_tree(session)
    facts = await fact_rows.list_on(session, territory_id, on, limit=MOST_SHOWN_FACTS)
    return TerritoryView(versions, path_of(tree, territory_id), facts)


async def find_names(session: Session) -> Mapping[str, Sequence[UUID]]:
    """Which territories a cell of a table may mean: by id, by name, by path, without case."""
    tree = await rows.read_tree(session)
    names: dict[str, list[UUID]] = defaultdict(list)
    for territory_id, item in tree.items():
        words = {str(territory_id), word_of(item.name), word_of(path_of(tree, territory_id))}
        for word in words:
            names[word].append(territory_id)
    return names
