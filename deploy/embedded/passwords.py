"""The random passwords of a private server: made once, kept in a file that only its owner reads."""

import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from deploy.embedded.processes import LauncherError


def password(path: Path, role: str, *, roles: Sequence[str]) -> str:
    """Of one role; the file is made whole or not at all, and a role that is new is added.

    Raises LauncherError for a file that cannot be used: others would not fit the server.
    """
    words = _read(path)
    missing = [name for name in roles if name not in words]
    if missing:
        words |= {name: secrets.token_hex(32) for name in missing}
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(words), encoding="ascii")
        unfinished.rename(path)
    return words[role]


def _read(path: Path) -> dict[str, str]:
    try:
        words = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as failure:
        raise LauncherError(f"{path} cannot be read: {type(failure).__name__}") from None
    if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
        raise LauncherError(f"{path} does not hold passwords")
    return words
