"""Files that hold keys: written whole and privately, read only where nobody else could have.

A fault of such a file is a SecretFileError of one line that names the path and what to do.
"""

import json
import os
import stat
from pathlib import Path
from typing import Any

from shared.errors import UnavailableError

PRIVATE = 0o600
PUBLIC = 0o644
LARGEST_BYTES = 4_194_304  # a key file or list above this is none of ours
_WRITABLE_BY_OTHERS = 0o022
_OPEN_TO_STRANGERS = 0o027  # the group may read: secrets are mounted like this in containers


class SecretFileError(UnavailableError):
    """A file of keys is missing, unreadable, open to others, or holds something else."""


def write_whole(path: Path, content: Any, *, mode: int = PRIVATE) -> None:
    """Replace the file by `content` as JSON (text as it is), whole or not at all."""
    text = content if isinstance(content, str) else json.dumps(content, indent=1) + "\n"
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            # The process's umask may have taken rights away that the readers need.
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as refusal:
        raise SecretFileError(f"{path} cannot be written: {refusal.strerror}") from None


def read_private(path: Path) -> dict[str, Any]:
    """The JSON object in a file that only its owner, and at most a group, may read."""
    return _object(path, forbidden=_OPEN_TO_STRANGERS, remedy="chmod 600")


def read_public(path: Path) -> dict[str, Any]:
    """The JSON object in a file that nobody but its owner may write."""
    return _object(path, forbidden=_WRITABLE_BY_OTHERS, remedy="chmod go-w")


def _object(path: Path, *, forbidden: int, remedy: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            _require_ours(path, os.fstat(file.fileno()), forbidden=forbidden, remedy=remedy)
            raw = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise SecretFileError(f"{path} is missing") from None
    except OSError as refusal:
        raise SecretFileError(f"{path} cannot be read: {refusal.strerror}") from None
    try:
        content = json.loads(raw) if len(raw) <= LARGEST_BYTES else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise SecretFileError(f"{path} is damaged: put it back from a backup, or move it away")
    return content


def _require_ours(path: Path, status: os.stat_result, *, forbidden: int, remedy: str) -> None:
    if status.st_uid not in {os.geteuid(), 0} and os.geteuid() != 0:
        raise SecretFileError(f"{path} belongs to somebody else")
    if stat.S_IMODE(status.st_mode) & forbidden:
        raise SecretFileError(f"{path} is open to others: {remedy} {path}")
