"""Which tokens were minted, and which of them were ended, by their ids: never a token itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.minting.files import MintFiles
from shared.minting.signing import Minted
from shared.secret_files import PUBLIC, SecretFileError, read_private, write_whole
from shared.web.token_files import read_ended


@dataclass(frozen=True, slots=True)
class Entry:
    """One token that was minted here. `owner` is the manager's or the source's id."""

    token_id: str
    key_id: str
    role: str
    owner: str | None
    minted_at: datetime
    until: datetime
    ended: bool = False


def record(files: MintFiles, minted: Minted, *, now: datetime) -> None:
    """Remember a token until it expires. Raises SecretFileError."""
    owner = str(minted.owner) if minted.owner else None
    fresh = Entry(minted.token_id, minted.key_id, minted.role, owner, now, minted.until)
    _write(files, [*_read(files), fresh], now=now)


def living(files: MintFiles, *, now: datetime) -> list[Entry]:
    """The tokens that have not expired, the newest first. Raises SecretFileError."""
    return [entry for entry in reversed(_read(files)) if entry.until > now]


def end(files: MintFiles, token_id: str, *, until: datetime, now: datetime) -> None:
    """Refuse this token from now on; kept until it would have expired. Raises SecretFileError."""
    expiries = {**read_ended(files.public), token_id: int(until.timestamp())}
    alive = {name: expires for name, expires in expiries.items() if expires > now.timestamp()}
    write_whole(files.ended, {"ended": alive}, mode=PUBLIC)


def _read(files: MintFiles) -> list[Entry]:
    if not files.minted.exists():
        return []
    expiries = read_ended(files.public)
    try:
        return [_entry(member, expiries) for member in read_private(files.minted)["minted"]]
    except (KeyError, TypeError, ValueError):
        raise SecretFileError(
            f"{files.minted} is damaged: put it back from a backup, or move it away"
        ) from None


def _entry(member: dict[str, Any], expiries: dict[str, int]) -> Entry:
    return Entry(
        token_id=str(member["token_id"]),
        key_id=str(member["key_id"]),
        role=str(member["role"]),
        owner=member["owner"],
        minted_at=_moment(member["minted_at"]),
        until=_moment(member["until"]),
        ended=member["token_id"] in expiries,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _write(files: MintFiles, entries: Iterable[Entry], *, now: datetime) -> None:
    members = [
        {
            "token_id": entry.token_id,
            "key_id": entry.key_id,
            "role": entry.role,
            "owner": entry.owner,
            "minted_at": int(entry.minted_at.timestamp()),
            "until": int(entry.until.timestamp()),
        }
        for entry in entries
        if entry.until > now
    ]
    write_whole(files.minted, {"minted": members})
