"""What stands before a service starts: databases, schemas, signing keys, the admin's token."""

from pathlib import Path

from deploy.embedded.postgres import PrivatePostgres
from deploy.embedded.state import Folder, write_file
from deploy.embedded.surroundings import SERVICES
from shared.clock import Clock
from shared.errors import UnauthenticatedError
from shared.messaging import pglog_schema
from shared.migrations import upgrade
from shared.web.tokens import TokenKeys, create_keys


async def prepare_databases(postgres: PrivatePostgres) -> None:
    await postgres.create_databases()
    await pglog_schema.migrate(postgres.url("log", "log"))
    for service in SERVICES:
        await upgrade(service, postgres.url(service, service))


def prepare_secrets(folder: Folder, *, clock: Clock) -> str:
    """The admin's token, minted at the first start and whenever its key is gone."""
    create_keys(folder.keys, now=clock())
    keys = TokenKeys(folder.keys)
    token = _read(folder.admin_token)
    if token is None or not _valid(keys, token, clock=clock):
        token = keys.mint(role="admin", now=clock())
        write_file(folder.admin_token, token + "\n")
    return token


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return None


def _valid(keys: TokenKeys, token: str, *, clock: Clock) -> bool:
    try:
        keys.read(token, now=clock())
    except UnauthenticatedError:
        return False
    return True
