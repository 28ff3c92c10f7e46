"""The operations of the mint, one at a time: create, mint, rotate, end, renew."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from shared.errors import InvalidError, UnauthenticatedError
from shared.minting import ledger
from shared.minting.files import MintFiles
from shared.minting.signing import DEFAULT_LIFETIME, load_keys, new_keys, rotated
from shared.secret_files import SecretFileError, write_whole
from shared.web.tokens import LONGEST_LIFE, Caller, TokenKeys

# The services' own token: renewed when a third of its life is over, so that a mint that is away
# for weeks harms nobody. Where a mint only runs by hand it is given the longest life instead.
SERVICE_LIFETIME = timedelta(days=30)
RENEW_AFTER = 1 / 3


class UnknownTokenError(InvalidError):
    """What is to be ended is neither a token of ours nor the id of one."""


def create(files: MintFiles) -> None:
    """Make the first keys, unless there are some; publish them in any case.

    Raises SecretFileError.
    """
    with _alone(files):
        if not files.signing.exists():
            new_keys().save(files.signing)
        load_keys(files.signing).publish(files.public)


def mint(
    files: MintFiles,
    *,
    role: str,
    now: datetime,
    manager_id: UUID | None = None,
    source_id: UUID | None = None,
    lifetime: timedelta = DEFAULT_LIFETIME,
) -> str:
    """A new token, remembered by its id. Raises ValueError (see `sign`) and SecretFileError."""
    with _alone(files):
        minted = load_keys(files.signing).sign(
            role=role, now=now, manager_id=manager_id, source_id=source_id, lifetime=lifetime
        )
        ledger.record(files, minted, now=now)
    return minted.token


def rotate(files: MintFiles, *, now: datetime, revoke: bool) -> None:
    """Sign with a new key. Older tokens live until they expire; `revoke` ends them at once."""
    with _alone(files):
        keys = rotated(load_keys(files.signing), now=now, revoke=revoke)
        # Published after it is kept: a key that services trust must not be lost again.
        keys.save(files.signing)
        keys.publish(files.public)


def end(files: MintFiles, token_or_id: str, *, now: datetime) -> str:
    """End one token, given itself or its id; returns the id.

    Raises UnknownTokenError, SecretFileError.
    """
    with _alone(files):
        token_id = _token_id(files, token_or_id, now=now)
        expiries = {entry.token_id: entry.until for entry in ledger.living(files, now=now)}
        # An id that the ledger has lost is kept for as long as any token may live.
        until = expiries.get(token_id, now + LONGEST_LIFE)
        ledger.end(files, token_id, until=until, now=now)
    return token_id


def renew_service_token(
    files: MintFiles, *, now: datetime, lifetime: timedelta | None = None
) -> str:
    """Renew the services' token if need be, and return it.

    Without a `lifetime` it lives as long as the last one did. Raises SecretFileError.
    """
    entries = [entry for entry in ledger.living(files, now=now) if entry.role == "service"]
    last = entries[0].until - entries[0].minted_at if entries else SERVICE_LIFETIME
    return renew(files, files.service_token, role="service", now=now, lifetime=lifetime or last)


def renew(files: MintFiles, path: Path, *, role: str, now: datetime, lifetime: timedelta) -> str:
    """The token in the file at `path`: a new one when that is no longer good, when another key
    signs by now, or when a third of its life is over. Raises SecretFileError.
    """
    present = read_token(path)
    caller = current(files, present, now=now)
    entries = {entry.token_id: entry for entry in ledger.living(files, now=now)}
    entry = entries.get(caller.token_id or "") if caller else None
    fresh = (
        entry is not None
        and entry.role == role
        and entry.key_id == load_keys(files.signing).newest
        and now < entry.minted_at + RENEW_AFTER * lifetime
    )
    if fresh:
        return present
    token = mint(files, role=role, now=now, lifetime=lifetime)
    write_whole(path, token + "\n", mode=0o640 if role == "service" else 0o600)
    return token


def service_token_is_good(files: MintFiles, *, now: datetime) -> bool:
    """Whether the services' token lets its bearer in now."""
    caller = current(files, read_token(files.service_token), now=now)
    return caller is not None and caller.role == "service"


def current(files: MintFiles, token: str, *, now: datetime) -> Caller | None:
    """The caller that every service would see behind a token; None when it is no longer good."""
    try:
        return TokenKeys(files.public).read(token, now=now)
    except UnauthenticatedError:
        return None


def read_token(path: Path) -> str:
    """The token in a file; empty when there is none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return ""


def _token_id(files: MintFiles, token_or_id: str, *, now: datetime) -> str:
    text = token_or_id.strip()
    if "." in text:
        caller = current(files, text, now=now)
        if caller is None or caller.token_id is None:
            raise UnknownTokenError("this is no token that is good: there is nothing to end")
        return caller.token_id
    try:
        return str(UUID(text))
    except ValueError:
        raise UnknownTokenError("give a token, or its id as `token list` shows it") from None


@contextmanager
def _alone(files: MintFiles) -> Iterator[None]:
    """Hold the mint's lock. Raises SecretFileError."""
    # The launcher may renew a token while an operator mints one in another process.
    try:
        descriptor = os.open(files.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as refusal:
        raise SecretFileError(f"{files.lock} cannot be used: {refusal.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
