"""Every route has a rule of access; what anybody may call is written down here, path by path."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from shared.application import create_app
from shared.web.access import Allow, public
from tests.architecture.tree import SERVICES
from tests.contract.apps import DECLARATIONS
from tests.support.signer import new_signer, sealing_file

PUBLIC_PATHS = {"/health/live", "/health/ready", "/metrics"}
# These pages tell the shape of the API, nobody's data.
PAGES = {
    "/openapi.json", "/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css",
    "/docs/favicon-32x32.png",
}  # fmt: skip
# Intake's door reads these itself: the native API by its token, hooks by their source's secret.
DOOR = {"intake": {"/v1/inquiries", "/v1/hooks/{source_key}", "/v1/hooks/{source_key}/{rest:path}"}}
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ANY_ID = "019abc10-0000-7000-8000-000000000001"


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def app(service: str, tmp_path: Path) -> FastAPI:
    """The service's app, never started: neither database nor log is asked."""
    keys = tmp_path / "keys.json"
    new_signer(keys)
    own = {"sealing_keys_file": sealing_file(tmp_path)} if service in {"intake", "routing"} else {}
    declaration = DECLARATIONS[service]
    settings = declaration.settings(
        database_url="postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
        keys_file=keys,
        kafka="127.0.0.1:1",
        **own,
    )
    return create_app(declaration, settings, clock=lambda: NOW)


def _rules(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Allow) or inner.call is public:
            yield inner.call
        yield from _rules(inner)


def _api_routes(app: FastAPI) -> list[RouteContext]:
    return [route for route in iter_route_contexts(app.routes) if isinstance(route.route, APIRoute)]


def test_every_route_has_exactly_one_kind_of_rule(service: str, app: FastAPI) -> None:
    routes = _api_routes(app)

    assert len(routes) > 3
    for route in routes:
        rules = list(_rules(route.dependant))
        assert rules, f"{service} {route.methods} {route.path} has no rule"
        if public in rules:
            assert route.path in PUBLIC_PATHS | DOOR.get(service, set()), route.path
            assert all(rule is public for rule in rules), route.path


def test_whatever_has_no_rule_is_a_page_that_describes_the_api(app: FastAPI) -> None:
    others = [
        route for route in iter_route_contexts(app.routes) if not isinstance(route.route, APIRoute)
    ]

    assert {route.path for route in others} == PAGES


async def test_without_a_token_nothing_is_told(service: str, app: FastAPI) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for route in _api_routes(app):
            if public in _rules(route.dependant) or route.path in DOOR.get(service, set()):
                continue
            assert route.path is not None
            path = "/".join(
                ANY_ID if part.startswith("{") else part for part in route.path.split("/")
            )
            for method in route.methods or ():
                answer = await client.request(method, path)
                assert answer.status_code == 401, f"{service} {method} {route.path}"
                wrong = await client.request(
                    method, path, headers={"Authorization": "Bearer not.a.token"}
                )
                assert (wrong.status_code, wrong.json()["detail"]) == (
                    401,
                    answer.json()["detail"],
                )
