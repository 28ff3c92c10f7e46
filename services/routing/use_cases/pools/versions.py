"""Compares versions of pools, and brings a former one back as a new one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.pools import Pool
from services.routing.repository.managers import find_present
from services.routing.repository.pools.versions import get_version
from services.routing.use_cases.configure import PoolFields, put_pool
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Difference:
    """One member that differs, as a JSON pointer; None where a version does not have it."""

    pointer: str
    before: Any
    after: Any


def differences(before: Any, after: Any, *, pointer: str = "") -> Iterator[Difference]:
    """What differs between two contents, member by member; lists are compared whole."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            yield from differences(before.get(name), after.get(name), pointer=f"{pointer}/{name}")
    elif before != after:
        yield Difference(pointer, before, after)


async def restore_version(
    session: Session,
    key: str,
    number: int,
    *,
    actor: str,
    now: datetime,
    version: int | None = None,
) -> Pool:
    """Make the pool what it was in a former version, without those who have left the company.

    Raises NotFoundError, StaleVersionError.
    """
    content = (await get_version(session, key, number)).content
    present_ids = await find_present(
        session, [*map(UUID, content["manager_ids"]), *map(UUID, content["supervisor_ids"])]
    )
    fields = PoolFields(
        name=content["name"],
        position=content["position"],
        manager_ids=_among(content["manager_ids"], present_ids),
        rules=content["rules"],
        policy=content["policy"],
        supervisor_ids=_among(content["supervisor_ids"], present_ids),
    )
    return await put_pool(session, key, fields, actor=actor, now=now, version=version)


def _among(ids: list[str], present_ids: set[UUID]) -> list[UUID]:
    return [manager_id for manager_id in map(UUID, ids) if manager_id in present_ids]
