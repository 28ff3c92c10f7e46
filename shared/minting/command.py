"""`token [mint|list|revoke|rotate]`: the same words on one machine and in containers."""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from shared.errors import InvalidError
from shared.minting import ledger, mint
from shared.minting.files import MintFiles
from shared.minting.signing import DEFAULT_LIFETIME, load_keys
from shared.web.token_files import read_keys
from shared.web.tokens import ROLES

ACTIONS = ("mint", "list", "revoke", "rotate")
MINTABLE = tuple(role for role in ROLES if role != "service")


class TokenWishError(InvalidError):
    """The arguments ask for something that the mint cannot do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="mint")
    parser.add_argument("token", nargs="?", help="revoke: the token, or its id")
    parser.add_argument("--role", choices=MINTABLE)
    parser.add_argument("--manager", type=UUID, metavar="ID")
    parser.add_argument("--source", type=UUID, metavar="ID")
    days = DEFAULT_LIFETIME.days
    parser.add_argument("--days", type=float, default=float(days), help=f"its life, {days} at most")
    parser.add_argument("--revoke", action="store_true", help="rotate: end all older tokens now")


def run(
    options: argparse.Namespace, files: MintFiles, *, now: datetime, say: Callable[[str], None]
) -> None:
    """Run one action. Raises TokenWishError, UnknownTokenError, SecretFileError."""
    # Whatever the action: damaged keys are reported before anything else happens.
    load_keys(files.signing)
    read_keys(files.public)
    if (options.token is not None) != (options.action == "revoke"):
        raise TokenWishError("`revoke` and only that names a token, or its id")
    if options.action == "list":
        for line in _lines(files, now=now):
            say(line)
    elif options.action == "revoke":
        token_id = mint.end(files, options.token, now=now)
        say(f"{token_id} has ended")
    elif options.action == "rotate":
        mint.rotate(files, now=now, revoke=options.revoke)
        older = "have ended" if options.revoke else "live until they expire"
        say(f"a new key signs from now on; older tokens {older}")
    elif options.role is None:
        raise TokenWishError(f"name a role: --role {'|'.join(MINTABLE)}")
    else:
        say(_minted(options, files, now=now))


def _minted(options: argparse.Namespace, files: MintFiles, *, now: datetime) -> str:
    try:
        return mint.mint(
            files,
            role=options.role,
            now=now,
            manager_id=options.manager,
            source_id=options.source,
            lifetime=timedelta(days=options.days),
        )
    except (ValueError, OverflowError) as refusal:
        raise TokenWishError(str(refusal)) from None


def _lines(files: MintFiles, *, now: datetime) -> list[str]:
    return [
        f"{entry.token_id}  {entry.role:<10} {entry.owner or '-':<36}  "
        f"{entry.minted_at:%Y-%m-%d %H:%M} to {entry.until:%Y-%m-%d %H:%M} UTC"
        f"{'  ended' if entry.ended else ''}"
        for entry in ledger.living(files, now=now)
    ]
