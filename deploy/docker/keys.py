"""The keys and tokens of a container installation: `create`, `token …`, `keep`, `rotate-sealing`.

Three folders, so that each process is given only its own: the mint's (signing keys, nobody else's),
the published one (public keys, ended tokens, the services' own token), and intake's sealing keys.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared.clock import Clock, system_clock
from shared.errors import ServiceError
from shared.minting import command, mint
from shared.minting.files import MintFiles, mint_files
from shared.sealing import create_sealing_keys, rotate_sealing_keys
from shared.web.tokens import LONGEST_LIFE

LOOK_SECONDS = 60.0


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.docker.keys")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make what is missing: keys, the services' token")
    create.add_argument(
        "--long",
        action="store_true",
        help="a services' token for where nothing renews it by itself",
    )
    token = commands.add_parser("token", help="mint, list, revoke or rotate")
    command.add_arguments(token)
    commands.add_parser("keep", help="renew the services' token, for ever")
    commands.add_parser("check", help="whether the services' token is good")
    commands.add_parser("rotate-sealing", help="seal with a new key from now on")
    return parser.parse_args(words)


def main(words: Sequence[str], *, folders: Mapping[str, str], clock: Clock = system_clock) -> int:
    """Run the command of the words on the files in the folders; returns the exit status."""
    options = _arguments(words)
    try:
        return _run(options, folders, clock=clock)
    except ServiceError as failure:
        sys.stderr.write(f"{failure}\n")
        return 2


def _run(options: argparse.Namespace, folders: Mapping[str, str], *, clock: Clock) -> int:
    if options.command == "rotate-sealing":
        rotate_sealing_keys(_sealing(folders))
        return 0
    own, published = Path(folders["LEADFLOW_MINT"]), Path(folders["LEADFLOW_PUBLISHED"])
    files = mint_files(own=own, published=published)
    if options.command == "create":
        mint.create(files)
        create_sealing_keys(_sealing(folders))
        lifetime = LONGEST_LIFE if options.long else None
        mint.renew_service_token(files, now=clock(), lifetime=lifetime)
    elif options.command == "token":
        command.run(options, files, now=clock(), say=print)
        if options.action in {"rotate", "revoke"}:
            mint.renew_service_token(files, now=clock())
    elif options.command == "check":
        return 0 if mint.service_token_is_good(files, now=clock()) else 1
    else:
        _keep(files, clock=clock)
    return 0


def _keep(files: MintFiles, *, clock: Clock) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while True:
        try:
            mint.renew_service_token(files, now=clock())
        except ServiceError as failure:  # a full disk passes, and the token lives for weeks
            sys.stderr.write(f"{failure}\n")
        if stop.wait(LOOK_SECONDS):
            return


def _sealing(folders: Mapping[str, str]) -> Path:
    return Path(folders["LEADFLOW_SEALING"]) / "sealing-keys.json"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], folders=os.environ))
