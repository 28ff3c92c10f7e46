"""Sources by their owners: the API, the sources file, which wins over it, and the built-in one.

Invariant: a secret that is replaced stays valid for an overlap.
"""

import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.intake.domain.masking import MASK
from services.intake.domain.requests import SourceSettings
from services.intake.repository import sources as rows
from services.intake.repository.sources import SourceRow
from shared.clock import Clock
from shared.database import Database, Session, transaction
from shared.errors import ConflictError, NotFoundError
from shared.ids import derived_id, new_id
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
TIDY_SECONDS = 60.0
BUILT_IN_KEY = "api"
KEY_BYTES = 16


class SourceKeyTakenError(ConflictError):
    """Another source has this key."""


class SourceOwnedElsewhereError(ConflictError):
    """The source belongs to the sources file, or is the built-in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWish(SourceSettings):
    """A source as it should be; `secrets` None keeps the present ones, a mask keeps one of them."""

    key: str
    adapter: str
    secrets: Mapping[str, str] | None = field(default=None, repr=False)
    enabled: bool = True


def generated_key() -> str:
    """A key that nobody can guess: 128 random bits."""
    return randomness.token_urlsafe(KEY_BYTES)


async def create_source(session: Session, wish: SourceWish, *, now: datetime) -> SourceRow:
    """Raises SourceKeyTakenError."""
    row = _new(wish, owner="api", now=now)
    if wish.key == BUILT_IN_KEY or not await rows.add_source(session, row):
        raise SourceKeyTakenError(
            "This key is taken by another source.", errors=[("/key", "is taken")]
        )
    return row


async def ensure_source(session: Session, wish: SourceWish, *, now: datetime) -> SourceRow:
    """The source of the wish's key as it is, or as it is wished if there was none."""
    row = await rows.find_source(session, key_or_id=wish.key)
    if row is None:
        await rows.add_source(session, _new(wish, owner="api", now=now))
        row = await rows.find_source(session, key_or_id=wish.key)
    assert row is not None, "a source is never deleted"
    return row


async def replace_source(
    session: Session, row: SourceRow, wish: SourceWish, *, now: datetime, overlap: timedelta
) -> SourceRow:
    """Raises SourceOwnedElsewhereError for a source that the API does not own."""
    _refuse_unless_ours(row)
    replacement = _changed(row, wish, now=now, overlap=overlap)
    await rows.change_source(session, replacement)
    return replacement


async def disable_source(session: Session, row: SourceRow, *, now: datetime) -> None:
    """Disable the source: the door treats it as unknown; its submissions stay."""
    _refuse_unless_ours(row)
    await rows.change_source(session, replace(row, enabled=False, changed_at=now))


async def require_source(session: Session, key_or_id: Any, *, lock: bool = False) -> SourceRow:
    """The source by the first of these ids and keys that exists. Raises NotFoundError."""
    row = None
    for name in key_or_id:
        row = row or await rows.find_source(session, key_or_id=name, lock=lock)
    if row is None:
        raise NotFoundError("There is no such source.")
    return row


async def apply_file(
    session: Session, wishes: Sequence[SourceWish], *, now: datetime, overlap: timedelta
) -> int:
    """Upsert the file's sources by key and release those it no longer names to the API.

    Returns the number of changes. A source keeps its id and its submissions.
    """
    wishes_by_key = {wish.key: wish for wish in wishes}
    present = await rows.lock_sources(session, keys=list(wishes_by_key))
    changes = 0
    for key in sorted(wishes_by_key):
        row = present.get(key)
        if row is None:
            changes += await rows.add_source(
                session, _new(wishes_by_key[key], owner="file", now=now)
            )
            continue
        target = replace(_changed(row, wishes_by_key[key], now=now, overlap=overlap), owner="file")
        if replace(target, changed_at=row.changed_at) != row:
            await rows.change_source(session, target)
            changes += 1
    for row in await rows.list_all_sources(session):
        if row.owner == "file" and row.key not in wishes_by_key:
            await rows.change_source(session, replace(row, owner="api", changed_at=now))
            changes += 1
    return changes


async def ensure_built_in(session: Session, *, country: str, time_zone: str, now: datetime) -> None:
    """The source of native inquiries that name none, with the installation's defaults."""
    row = await rows.find_source(session, key_or_id=BUILT_IN_KEY, lock=True)
    if row is None:
        wish = SourceWish(key=BUILT_IN_KEY, adapter="native", country=country, time_zone=time_zone)
        fresh = replace(
            _new(wish, owner="built_in", now=now), source_id=derived_id("source", BUILT_IN_KEY)
        )
        await rows.add_source(session, fresh)
    elif (row.country, row.time_zone) != (country, time_zone):
        replacement = replace(row, country=country, time_zone=time_zone, changed_at=now)
        await rows.change_source(session, replacement)


def sources_loop(database: Database, *, clock: Clock) -> Loop:
    """Wipes former secrets after their overlap and re-seals what an older key has sealed."""

    async def run(progress: Progress) -> None:
        while True:
            async with transaction(database) as session:
                count = await tidy_sources(session, now=clock())
            if count:
                log.info("sources.tidied", count=count)
            await progress.rest(TIDY_SECONDS)

    return Loop("sources", run)


async def tidy_sources(session: Session, *, now: datetime) -> int:
    """Wipe former secrets after their overlap, and seal anew what an older key sealed.

    Returns the number of sources that were written.
    """
    untidy = await rows.lock_untidy_sources(session, now=now)
    for row in untidy:
        await rows.change_source(session, _without_outlived(row, now=now))
    return len(untidy)


def _without_outlived(row: SourceRow, *, now: datetime) -> SourceRow:
    return replace(row, previous_secrets={}, previous_until=None) if row.outlived(now=now) else row


def _refuse_unless_ours(row: SourceRow) -> None:
    if row.owner == "file":
        raise SourceOwnedElsewhereError(
            "This source is defined in the sources file, which wins over the API: change it there."
        )
    if row.owner == "built_in":
        raise SourceOwnedElsewhereError("The built-in source is set by the installation.")


def _new(wish: SourceWish, *, owner: str, now: datetime) -> SourceRow:
    return SourceRow(
        source_id=new_id(),
        key=wish.key,
        adapter=wish.adapter,
        secrets=dict(wish.secrets or {}),
        enabled=wish.enabled,
        owner=owner,
        created_at=now,
        changed_at=now,
        **wish.settings(),
    )


def _changed(row: SourceRow, wish: SourceWish, *, now: datetime, overlap: timedelta) -> SourceRow:
    target = replace(
        _new(wish, owner=row.owner, now=now),
        source_id=row.source_id,
        created_at=row.created_at,
        secrets=_kept_where_masked(wish.secrets, row.secrets),
        previous_secrets=row.previous_secrets,
        previous_until=row.previous_until,
        # Secrets that cannot be decrypted here stay until all of them are replaced.
        readable=row.readable or (wish.secrets is not None and MASK not in wish.secrets.values()),
    )
    if target.secrets == row.secrets:
        return _without_outlived(target, now=now)
    return replace(target, previous_secrets=row.secrets, previous_until=now + overlap)


def _kept_where_masked(
    secrets: Mapping[str, str] | None, present: Mapping[str, str]
) -> dict[str, str]:
    if secrets is None:
        return dict(present)
    return {name: present[name] if value == MASK else value for name, value in secrets.items()}
