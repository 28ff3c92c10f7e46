"""What `leadflow up` was asked for, and how the launcher talks to whoever started it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from deploy.embedded.state import Folder, Mode

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    folder: Folder
    port: int
    mode: Mode
    with_sample: bool


def say(line: str) -> None:
    print(f"leadflow: {line}", file=sys.stderr, flush=True)
