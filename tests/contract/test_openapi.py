"""The OpenAPI documents are published in docs/openapi, complete, and change only on purpose.

`python -m tests.contract.test_openapi --write` writes them anew.
"""

import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema.validators import validator_for

from tests.contract.apps import SERVICES, build_app, document_of, operations

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "openapi"
WRITE = "python -m tests.contract.test_openapi --write"
# Nobody presents a bearer token here: hooks prove their source in the provider's own way.
WITHOUT_TOKEN = {
    "/health/live",
    "/health/ready",
    "/metrics",
    "/v1/hooks/{source_key}",
    "/v1/hooks/{source_key}/{rest}",
}
REFUSALS = {"401", "503"}


def as_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def document(service: str) -> dict[str, Any]:
    return document_of(service)


def test_it_is_the_published_one(service: str, document: dict[str, Any]) -> None:
    path = PUBLISHED / f"{service}.json"
    assert path.exists(), f"not published yet: {WRITE}"
    assert path.read_text(encoding="utf-8") == as_text(document), f"if this is meant: {WRITE}"


async def test_the_app_serves_it(service: str, document: dict[str, Any], tmp_path: Path) -> None:
    app = build_app(service, keys=tmp_path / "keys-are-not-read.json")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://leadflow.test") as client:
        answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == document


def test_every_operation_says_what_it_is_for(document: dict[str, Any]) -> None:
    silent = [
        call
        for call, operation in operations(document).items()
        if not operation.get("summary") or not operation.get("description")
    ]
    assert not silent


def test_every_operation_documents_its_refusals_as_problems(document: dict[str, Any]) -> None:
    for call, operation in operations(document).items():
        if call[1] in WITHOUT_TOKEN and not call[1].startswith("/v1"):
            continue
        documented = operation["responses"]
        assert set(documented) >= REFUSALS, call
        for status, response in documented.items():
            if status.startswith(("4", "5")):
                assert set(response["content"]) == {"application/problem+json"}, (call, status)


def test_every_operation_asks_for_a_bearer_token_except_the_public_ones(
    document: dict[str, Any],
) -> None:
    schemes = document["components"]["securitySchemes"]
    bearer = {name for name, scheme in schemes.items() if scheme.get("scheme") == "bearer"}
    assert bearer
    for call, operation in operations(document).items():
        asked = {name for choice in operation.get("security", []) for name in choice}
        assert bool(asked & bearer) == (call[1] not in WITHOUT_TOKEN), call


def test_names_of_operations_are_unique(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(document).values()]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*(references(value) for value in part.values()))
        if isinstance(part, list):
            return set().union(*(references(value) for value in part))
        return set()

    for reference in references(document):
        found: Any = document
        for name in reference.removeprefix("#/").split("/"):
            assert name in found, reference
            found = found[name]


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        validator_for(described).check_schema(described)


def test_the_door_for_senders_is_described() -> None:
    described = operations(document_of("intake"))
    assert ("POST", "/v1/inquiries") in described
    assert ("POST", "/v1/hooks/{source_key}") in described


def write() -> None:
    PUBLISHED.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        (PUBLISHED / f"{service}.json").write_text(as_text(document_of(service)), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit(f"usage: {WRITE}")
    write()
