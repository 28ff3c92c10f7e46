"""The random passwords of a private server: made once, kept in a file that only its owner reads."""

import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from deploy.embedded.processes.children import LauncherError


def password(path: Path, role: str, *, roles: Sequence[str]) -> str:
    """The password of one role; those of all `roles` are made together when there is no file yet.

    Raises LauncherError for a file that cannot be used: other passwords would not fit the server.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        by_role = {name: secrets.token_hex(32) for name in roles}
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(by_role), encoding="ascii")
        unfinished.rename(path)
    try:
        words = json.loads(path.read_text(encoding="ascii"))
        return str(words[role])
    except OSError as refusal:
        raise LauncherError(f"{path} cannot be read: {refusal.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LauncherError(
            f"{path} is damaged: put it back from a copy of the folder, or restore a backup"
        ) from None
