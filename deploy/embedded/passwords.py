"""The random passwords of a private server: made once, kept in a file that only its owner reads."""

import json
import secrets
from collections.abc import Sequence
from pathlib import Path


def password(path: Path, role: str, *, roles: Sequence[str]) -> str:
    """Of one role; the file is made whole or not at all, and a role that is new is added."""
    words: dict[str, str] = json.loads(path.read_text("ascii")) if path.exists() else {}
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
