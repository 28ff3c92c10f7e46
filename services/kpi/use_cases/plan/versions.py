"""Versions of a plan: a draft is changed, an approved version never again."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from services.kpi.repository.plan import plans
from services.kpi.repository.plan.blocks import copy_blocks
from services.kpi.repository.plan.changes import Change, Kind, add_change
from services.kpi.repository.plan.locks import copy_locks
from services.kpi.repository.plan.plans import APPROVED, DRAFT, Version
from services.kpi.use_cases.errors import require_version
from services.kpi.use_cases.plan.errors import (
    DraftExistsError,
    NoDraftError,
    TooManyVersionsError,
)
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id

MAX_VERSIONS: Final = 100
COORDINATION: Final = "coordination"  # the wake-up of who watches approved plans


async def get_draft(session: Session, plan_id: UUID, number: int, *, revision: int) -> Version:
    """The version, locked, as the caller has seen it. Raises NotFoundError, NoDraftError,
    StaleVersionError.
    """
    version = await plans.get_version(session, plan_id, number, lock=True)
    if version.state != DRAFT:
        raise NoDraftError("The version is approved: make a new one of it.")
    require_version(version.revision, revision)
    return version


async def advance(session: Session, version: Version, change: Change) -> Version:
    """The draft after a change, which is noted."""
    item = replace(version, revision=change.revision)
    await plans.change_version(session, item)
    await add_change(session, version.plan_id, change)
    return item


def change_of(version: Version, kind: Kind, *, reason: str, actor: str, now: datetime) -> Change:
    """The next change of a version."""
    return Change(
        change_id=new_id(),
        number=version.number,
        revision=version.revision + 1,
        kind=kind,
        reason=reason,
        made_at=now,
        made_by=actor,
    )


async def draft_version(
    session: Session, plan_id: UUID, made_from: int, *, reason: str, actor: str, now: datetime
) -> Version:
    """A new draft that begins as another version is, with its locks. Raises NotFoundError,
    InvalidError, DraftExistsError, TooManyVersionsError.
    """
    await plans.get_plan(session, plan_id, lock=True)
    versions = await plans.list_versions(session, plan_id)
    if any(one.state == DRAFT for one in versions):
        raise DraftExistsError("The plan has a draft already: change or approve that.")
    if made_from not in {one.number for one in versions}:
        raise InvalidError(
            "The draft begins as a version.", errors=[("/from", "the plan has no such version")]
        )
    if len(versions) >= MAX_VERSIONS:
        raise TooManyVersionsError(f"The plan has {MAX_VERSIONS} versions already.")
    item = Version(plan_id, versions[0].number + 1, DRAFT, 0, made_from, now, actor)
    await plans.add_version(session, item)
    await copy_blocks(session, plan_id, made_from, item.number)
    await copy_locks(session, plan_id, made_from, item.number)
    change = change_of(item, "drafted", reason=reason, actor=actor, now=now)
    return await advance(session, item, change)


async def approve_version(
    session: Session, plan_id: UUID, number: int, *, revision: int, reason: str, actor: str,
    now: datetime,
) -> Version:  # fmt: skip
    """Raises NotFoundError, NoDraftError, StaleVersionError."""
    version = await get_draft(session, plan_id, number, revision=revision)
    approved = replace(version, state=APPROVED, approved_at=now, approved_by=actor)
    change = change_of(version, "approved", reason=reason, actor=actor, now=now)
    session.notify_after_commit(COORDINATION)
    return await advance(session, approved, change)
