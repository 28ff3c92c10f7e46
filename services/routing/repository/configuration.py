"""The configuration that places inquiries, read when it has changed and remembered until then."""

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from services.routing.domain.pipelines import Pipeline
from services.routing.domain.pools import Pool
from services.routing.domain.prepared_rules import PreparedRules, prepare
from services.routing.repository.pipelines.pipelines import as_pipeline
from services.routing.repository.pools.pools import as_pool
from shared.database import Database, Session

# A number never comes twice, so that a key that is used again is not taken for what it was.
_STAMP = """
(SELECT coalesce(string_agg(number || ':' || version, ',' ORDER BY number), '') FROM pool)
    || ';' ||
(SELECT coalesce(string_agg(number || ':' || version, ',' ORDER BY number), '') FROM pipeline)
"""
# One row without a pool where nothing has changed.
_CONFIGURATION = f"""
SELECT n.stamp, p.key, p.name, p.position, p.rules, p.policy, p.supervisor_ids, p.version,
    p.shadow_policy, CAST('{{}}' AS uuid[]) AS manager_ids,
    CASE WHEN p.key IS NOT NULL THEN (
        SELECT jsonb_agg(jsonb_build_object('key', key, 'name', name, 'stages', stages,
            'terms', terms, 'version', version)) FROM pipeline) END AS pipelines
FROM (SELECT {_STAMP} AS stamp) AS n LEFT JOIN pool AS p ON n.stamp <> :stamp
"""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Pools by key, without their members, with their rules prepared; pipelines by key. `stamp`
    names the versions of all of them.
    """

    pools: Mapping[str, Pool]
    pipelines: Mapping[str, Pipeline]
    rules: PreparedRules
    stamp: str


_REMEMBERED: WeakKeyDictionary[Database, Configuration] = WeakKeyDictionary()


async def get_configuration(session: Session) -> Configuration:
    """The present one; nothing is read and prepared again while all versions stay as they are."""
    remembered = _REMEMBERED.get(session.database)
    stamp = remembered.stamp if remembered else ""
    rows = list(await session.execute(_CONFIGURATION, {"stamp": stamp}))
    if remembered is not None and rows[0].key is None:
        return remembered
    pools = {row.key: as_pool(row) for row in rows}
    pipelines = {
        item["key"]: as_pipeline(item, version=item["version"]) for item in rows[0].pipelines
    }
    configuration = Configuration(pools, pipelines, prepare(pools.values()), rows[0].stamp)
    _REMEMBERED[session.database] = configuration
    return configuration
