"""Pipelines and all their versions, which stay after a pipeline is deleted."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.pipelines import Pipeline, terms_of
from shared.database import Session
from shared.errors import NotFoundError

_SELECT = "SELECT key, number, name, stages, terms, version FROM pipeline"
_LIST = f"""
{_SELECT} WHERE CAST(:before AS bigint) IS NULL OR number < :before
ORDER BY number DESC LIMIT :limit
"""
# A key that was used before goes on counting, since leads keep to the versions of then.
_WRITE = """
INSERT INTO pipeline (key, name, stages, terms, version)
VALUES (:key, :name, CAST(:stages AS jsonb), CAST(:terms AS jsonb),
    1 + coalesce((SELECT max(version) FROM pipeline_version WHERE pipeline = :key), 0))
ON CONFLICT (key) DO UPDATE SET name = excluded.name, stages = excluded.stages,
    terms = excluded.terms, version = excluded.version
RETURNING version
"""
_KEEP = """
INSERT INTO pipeline_version (pipeline, version, at, actor, content)
SELECT key, version, :now, :actor, jsonb_build_object('key', key, 'name', name,
    'stages', stages, 'terms', terms)
FROM pipeline WHERE key = :key
"""
_VERSIONS = """
SELECT version, at, actor, content FROM pipeline_version
WHERE pipeline = :key AND (CAST(:before AS bigint) IS NULL OR version < :before)
ORDER BY version DESC LIMIT :limit
"""
_THESE_VERSIONS = """
SELECT version, content FROM pipeline_version
WHERE pipeline = :key AND version = ANY(CAST(:versions AS integer[]))
"""
_UP_TO = """
SELECT version, content FROM pipeline_version
WHERE pipeline = :key AND version <= :version ORDER BY version DESC LIMIT 1
"""
_LOCK_KEY = "SELECT pg_advisory_xact_lock(hashtextextended('pipeline ' || :key, 0))"
_IS_USED = "SELECT EXISTS (SELECT FROM lead WHERE pipeline = :key)"
_COUNT = "SELECT count(*) FROM pipeline"
_STAYING = """
SELECT lead_id FROM lead
WHERE pipeline = :key AND stage = ANY(CAST(:stages AS text[])) AND state = 'open'
LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class NumberedPipeline:
    """A pipeline and its place in the order of creation."""

    number: int
    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class PipelineVersion:
    """A version as it was, and who made it when."""

    at: datetime
    actor: str
    pipeline: Pipeline


def as_pipeline(record: Mapping[str, Any], *, version: int) -> Pipeline:
    return Pipeline(
        key=record["key"],
        name=record["name"],
        stages=tuple(record["stages"]),
        terms=terms_of(record["terms"]),
        version=version,
    )


def no_such_pipeline() -> NotFoundError:
    return NotFoundError("There is no such pipeline.")


async def list_pipelines(
    session: Session, *, before: int | None, limit: int
) -> list[NumberedPipeline]:
    rows = await session.execute(_LIST, {"before": before, "limit": limit + 1})
    return [NumberedPipeline(row.number, as_pipeline(row, version=row.version)) for row in rows]


async def get_pipeline(session: Session, key: str) -> Pipeline:
    """The newest version. Raises NotFoundError."""
    pipeline = await _find(session, f"{_SELECT} WHERE key = :key", key)
    if pipeline is None:
        raise no_such_pipeline()
    return pipeline


async def lock_pipeline(session: Session, key: str) -> Pipeline | None:
    """The newest version, if there is one. Locks the key until the commit, used or not."""
    await session.execute(_LOCK_KEY, {"key": key})
    return await _find(session, f"{_SELECT} WHERE key = :key", key)


async def _find(session: Session, statement: str, key: str) -> Pipeline | None:
    row = (await session.execute(statement, {"key": key})).first()
    return None if row is None else as_pipeline(row, version=row.version)


async def get_version(session: Session, key: str, version: int) -> Pipeline:
    """The version that a lead keeps to, or the last one before it that is still there: a restored
    database has none that were made after its backup. Raises NotFoundError.
    """
    row = (await session.execute(_UP_TO, {"key": key, "version": version})).first()
    if row is None:
        raise no_such_pipeline()
    return as_pipeline(row.content, version=row.version)


async def find_versions(
    session: Session, key: str, versions: Collection[int]
) -> dict[int, Pipeline]:
    """Those of the versions that are there, by number."""
    rows = await session.execute(_THESE_VERSIONS, {"key": key, "versions": list(versions)})
    return {row.version: as_pipeline(row.content, version=row.version) for row in rows}


async def list_versions(
    session: Session, key: str, *, before: int | None, limit: int
) -> list[PipelineVersion]:
    """The versions, the newest first."""
    params = {"key": key, "before": before, "limit": limit + 1}
    return [
        PipelineVersion(row.at, row.actor, as_pipeline(row.content, version=row.version))
        for row in await session.execute(_VERSIONS, params)
    ]


async def write_pipeline(
    session: Session,
    key: str,
    *,
    name: str,
    stages: Sequence[str],
    terms: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> int:
    """Write the next version. Returns its number."""
    params = {
        "key": key,
        "name": name,
        "stages": json.dumps(stages, ensure_ascii=False),
        "terms": json.dumps(terms, ensure_ascii=False),
    }
    version: int = await session.scalar(_WRITE, params)
    await session.execute(_KEEP, {"key": key, "actor": actor, "now": now})
    return version


async def find_staying(
    session: Session, key: str, stages: Collection[str], *, limit: int
) -> list[UUID]:
    """Open leads in these stages, at most `limit`."""
    params = {"key": key, "stages": list(stages), "limit": limit}
    return list((await session.execute(_STAYING, params)).scalars())


async def count_pipelines(session: Session) -> int:
    return int(await session.scalar(_COUNT))


async def is_used(session: Session, key: str) -> bool:
    """Whether the pipeline has, or had, any lead."""
    return bool(await session.scalar(_IS_USED, {"key": key}))


async def delete_pipeline(session: Session, key: str) -> None:
    await session.execute("DELETE FROM pipeline WHERE key = :key", {"key": key})
