"""The services' apps as tests of their outer contract need them: from settings, in this process."""

import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from services.history.service import HISTORY
from services.intake.service import INTAKE
from services.kpi.service import KPI
from services.routing.service import ROUTING
from shared.application import create_app
from shared.clock import system_clock
from shared.ids import new_id
from shared.service import Service
from shared.web.tokens import ROLES
from tests.support.signer import new_signer, sealing_file

DECLARATIONS: Mapping[str, Service[Any]] = {
    service.name: service for service in (INTAKE, ROUTING, HISTORY, KPI)
}
SERVICES = tuple(DECLARATIONS)
NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"


def build_app(service: str, *, keys: Path, database_url: str = NOWHERE) -> Starlette:
    """An app that has not been started; without a database it can only describe itself."""
    own = (
        {"sealing_keys_file": sealing_file(keys.parent)}
        if service in {"intake", "routing", "kpi"}
        else {}
    )
    settings = DECLARATIONS[service].settings(
        database_url=database_url,
        keys_file=keys,
        allow_unsafe_database=True,
        **own,
    )
    return create_app(DECLARATIONS[service], settings)


def document_of(service: str) -> dict[str, Any]:
    """The OpenAPI document as `/openapi.json` gives it; the caller's own copy."""
    document: dict[str, Any] = json.loads(_document_text(service))
    return document


@cache
def _document_text(service: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        app: Any = build_app(service, keys=Path(folder) / "keys-are-not-read.json")
    return json.dumps(app.openapi())


def operations(document: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """(METHOD, path) → operation."""
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "put", "post", "delete", "patch", "head", "options"}
    }


@asynccontextmanager
async def running_app(
    service: str, *, keys: Path, database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the started app, without a token."""
    app = build_app(service, keys=keys, database_url=database_url)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://leadflow.test") as client,
    ):
        yield client


def tokens(keys: Path) -> dict[str, str]:
    """A token of every role; the manager and the source are nobody that exists."""
    signer = new_signer(keys)
    owners: dict[str, dict[str, Any]] = {
        "manager": {"manager_id": new_id()},
        "source": {"source_id": new_id()},
    }
    return {
        role: signer.mint(
            role=role, now=system_clock(), lifetime=timedelta(hours=1), **owners.get(role, {})
        )
        for role in ROLES
    }
