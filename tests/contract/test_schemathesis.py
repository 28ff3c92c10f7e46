"""Whatever fits, or nearly fits, the OpenAPI documents: no 5xx, and answers as documented.

The real apps behind a real server, on real PostgreSQL, as admin; the examples never change.
"""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.transport.requests import ManagedCookiesSession

from services.intake.use_cases.sources import BUILT_IN_KEY
from tests.contract import ndjson, workbooks
from tests.contract.apps import SERVICES, build_app, document_of, tokens
from tests.support.infrastructure import DatabaseFactory

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LEAST_EXAMPLES, MOST_EXAMPLES = 4, 24  # of an operation: one more for each value it takes
EXAMPLES_OF_STRANGERS = 3  # each waits for the sources to be read again, once a second at most
HOOKS = "/v1/hooks/"
OPEN_SOURCE = {"key": "takes-anything", "adapter": "generic-json"}
DEEPEST = 4
START_SECONDS = 60.0
unchanging = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Served:
    url: str
    service: str
    token: str


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """A server in a thread of its own, on a port of the system's choice."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    ends = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < ends, "the server does not start"
        thread.join(0.02)
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        door.close()


@pytest.fixture(params=SERVICES)
async def served(
    request: pytest.FixtureRequest, migrated_database: DatabaseFactory, tmp_path: Path
) -> AsyncIterator[Served]:
    service: str = request.param
    keys = tmp_path / "keys.json"
    admin = tokens(keys)["admin"]
    app = build_app(service, keys=keys, database_url=await migrated_database(service))
    with serving(app) as url:
        if service == "intake":
            headers = {"Authorization": f"Bearer {admin}"}
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
                made = await client.post("/v1/sources", json=OPEN_SOURCE)
                assert made.status_code == 201, made.text
        yield Served(url, service, admin)


def try_every_operation(served: Served, mode: GenerationMode) -> int:
    """Gives the number of requests that were answered as documented."""
    ndjson.register(source_key=BUILT_IN_KEY)
    workbooks.register()
    document = document_of(served.service)
    schema = schemathesis.openapi.from_dict(document)
    tried = 0
    with ManagedCookiesSession() as session:  # one connection for all
        session.trust_env = False  # else each request looks for proxies and logins
        for result in schema.get_all_operations():
            operation = result.ok()  # type: ignore[union-attr]
            raw = operation.definition.raw
            asked_for = raw.keys() & {"parameters", "requestBody"}
            if asked_for or mode is GenerationMode.POSITIVE:  # without them nothing can be wrong
                count = min(LEAST_EXAMPLES + values_of(raw, document), MOST_EXAMPLES)
                tried += try_operation(operation, served, session, mode, count=count)
    return tried


def values_of(operation: Mapping[str, Any], document: Mapping[str, Any]) -> int:
    """How many values an operation takes: its parameters, and all members of its bodies."""
    contents = operation.get("requestBody", {}).get("content", {}).values()
    schemas = [part.get("schema", {}) for part in (*operation.get("parameters", ()), *contents)]
    return sum(leaves(schema, document) for schema in schemas)


def leaves(schema: Any, document: Mapping[str, Any], depth: int = 0) -> int:
    if depth > DEEPEST or not isinstance(schema, Mapping):
        return 1
    if "$ref" in schema:
        parts = schema["$ref"].removeprefix("#/").split("/")
        return leaves(reduce(getitem, parts, document), document, depth + 1)
    inner = [*schema.get("properties", {}).values(), schema.get("items")]
    inner += [choice for kind in ("anyOf", "oneOf", "allOf") for choice in schema.get(kind, ())]
    return sum(leaves(part, document, depth + 1) for part in inner if part is not None) or 1


def try_operation(
    operation: Any,
    served: Served,
    session: ManagedCookiesSession,
    mode: GenerationMode,
    *,
    count: int,
) -> int:
    to_hook = operation.path.startswith(HOOKS)
    recognised = to_hook and mode is GenerationMode.POSITIVE
    examples = EXAMPLES_OF_STRANGERS if to_hook and not recognised else count
    headers = {"Authorization": f"Bearer {served.token}"}
    tried = 0

    @settings(unchanging, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers_as_documented(case: Case[Any]) -> None:
        nonlocal tried
        if recognised:
            case.path_parameters["source_key"] = OPEN_SOURCE["key"]
        response = case.call(served.url, session, headers, timeout=60)
        case.validate_response(response, checks=CHECKS)
        tried += 1

    answers_as_documented()
    return tried


async def test_what_fits_the_document_is_answered_as_documented(served: Served) -> None:
    tried = await asyncio.to_thread(try_every_operation, served, GenerationMode.POSITIVE)
    assert tried > MOST_EXAMPLES


async def test_what_does_not_fit_is_refused_as_documented(served: Served) -> None:
    tried = await asyncio.to_thread(try_every_operation, served, GenerationMode.NEGATIVE)
    assert tried > MOST_EXAMPLES
