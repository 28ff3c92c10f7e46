"""The signing keys and tokens of a container installation: `create`, `rotate`, `token`.

Only a token is ever printed; the keys stay in the file that LEADFLOW_KEYS_FILE names.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from shared.clock import Clock, system_clock
from shared.web.tokens import ROLES, TokenKeys, create_keys, rotate_keys


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.docker.keys")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("create", help="write a first key, unless there is one")
    rotate = commands.add_parser("rotate", help="sign with a new key from now on")
    rotate.add_argument("--revoke", action="store_true", help="end all older tokens at once")
    token = commands.add_parser("token", help="print a new token")
    token.add_argument("--role", choices=ROLES, required=True)
    token.add_argument("--manager", type=UUID)
    token.add_argument("--source", type=UUID)
    token.add_argument("--days", type=int, default=365)
    return parser.parse_args(words)


def main(words: Sequence[str], *, path: Path, clock: Clock = system_clock) -> int:
    """Do what the words say to the keys file at `path`; the answer is the exit status."""
    arguments = _arguments(words)
    now = clock()
    if arguments.command == "create":
        create_keys(path, now=now)
    elif arguments.command == "rotate":
        rotate_keys(path, now=now, revoke=arguments.revoke)
    else:
        try:
            token = TokenKeys(path).mint(
                role=arguments.role,
                now=now,
                manager_id=arguments.manager,
                source_id=arguments.source,
                lifetime=timedelta(days=arguments.days),
            )
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        sys.stdout.write(f"{token}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], path=Path(os.environ["LEADFLOW_KEYS_FILE"])))
