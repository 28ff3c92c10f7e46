"""Drafts pay schemes and approves them. Each change is a version, and no version ever changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.kpi.domain.motivation.checks import faults_of
from services.kpi.domain.motivation.terms import Terms
from services.kpi.repository.motivation import schemes as rows
from services.kpi.repository.motivation import statements, what_ifs
from services.kpi.repository.motivation.schemes import Scheme
from services.kpi.repository.motivation.targets import lock_motivation
from services.kpi.repository.reports.figures import list_manager_names
from services.kpi.use_cases.errors import require_version
from services.kpi.use_cases.motivation.errors import (
    AlreadyApprovedError,
    NoWhatIfError,
    TooManySchemesError,
)
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id

MAX_SCHEMES: Final = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What a scheme says; without managers it is for all whom no other names."""

    name: str
    manager_ids: Sequence[UUID]
    terms: Terms


async def create_scheme(session: Session, draft: Draft, *, actor: str, now: datetime) -> Scheme:
    """Raises InvalidError, TooManySchemesError."""
    await lock_motivation(session)
    if await rows.count_schemes(session) >= MAX_SCHEMES:
        raise TooManySchemesError(f"There are {MAX_SCHEMES} schemes already.")
    return await _add(session, new_id(), 1, draft, actor=actor, now=now)


async def revise_scheme(
    session: Session, scheme_id: UUID, draft: Draft, *, version: int, actor: str, now: datetime
) -> Scheme:
    """Add a version, a draft; those before stay. Raises InvalidError, NotFoundError,
    StaleVersionError.
    """
    await lock_motivation(session)
    latest = await rows.get_scheme(session, scheme_id)
    require_version(latest.version, version)
    return await _add(session, scheme_id, version + 1, draft, actor=actor, now=now)


async def _add(
    session: Session, scheme_id: UUID, version: int, draft: Draft, *, actor: str, now: datetime
) -> Scheme:
    errors = [(f"/terms{pointer}", detail) for pointer, detail in faults_of(draft.terms)]
    names = await list_manager_names(session)
    errors += [
        (f"/manager_ids/{place}", "there is no such manager")
        for place, manager_id in enumerate(draft.manager_ids)
        if manager_id not in names
    ]
    if errors:
        raise InvalidError("Nobody can be paid by this scheme.", errors=errors)
    item = Scheme(
        scheme_id=scheme_id,
        version=version,
        name=draft.name,
        manager_ids=tuple(dict.fromkeys(draft.manager_ids)),
        terms=draft.terms,
        created_at=now,
        created_by=actor,
    )
    await rows.add_version(session, item)
    return item


async def approve_scheme(
    session: Session,
    scheme_id: UUID,
    version: int,
    *,
    from_month: date,
    actor: str,
    now: datetime,
) -> Scheme:
    """Let a version pay from a month on, once a what-if has shown what it would have paid.

    Raises NotFoundError, AlreadyApprovedError, NoWhatIfError, InvalidError for a closed month.
    """
    await lock_motivation(session)
    item = await rows.get_scheme(session, scheme_id, version)
    if item.approved_at is not None:
        raise AlreadyApprovedError("This version was approved already.")
    if not await what_ifs.has_result(session, scheme_id, version):
        raise NoWhatIfError("Let a what-if show first what this version would have paid.")
    last = await statements.find_last_closed(session)
    if last is not None and from_month <= last.month:
        raise InvalidError("The month is closed.", errors=[("/from_month", "is closed")])
    await rows.approve_version(
        session, scheme_id, version, from_month=from_month, actor=actor, now=now
    )
    return await rows.get_scheme(session, scheme_id, version)


async def list_paying(session: Session, month: date) -> list[Scheme]:
    """The versions that may pay in a month."""
    return newest_of(await rows.list_approved(session, month))


def newest_of(approved: Iterable[Scheme]) -> list[Scheme]:
    """Of versions that may pay in a month the newest of each scheme."""
    newest: dict[UUID, Scheme] = {}
    for item in sorted(approved, key=_age):
        newest[item.scheme_id] = item
    return list(newest.values())


def scheme_for(manager_id: UUID, newest: Iterable[Scheme]) -> Scheme | None:
    """The version that pays a manager, of the newest ones: one that names the manager before one
    for everybody, the newer one of two.
    """
    candidates = [item for item in newest if not item.manager_ids or manager_id in item.manager_ids]
    return max(candidates, key=lambda item: (bool(item.manager_ids), _age(item)), default=None)


def _age(item: Scheme) -> tuple[date, datetime, int]:
    assert item.from_month is not None
    assert item.approved_at is not None
    return item.from_month, item.approved_at, item.version
