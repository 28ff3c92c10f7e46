"""The door's part of the OpenAPI document, as the framework does not know the door."""

from typing import Any

from services.intake.schemas.inquiries import AcceptedOut, InquiryIn
from shared.web.problems import PROBLEM_RESPONSES

_RECEIPT = {
    "Leadflow-Receipt": {
        "description": "The receipt's id, for GET /v1/receipts/{receipt_id}",
        "schema": {"type": "string", "format": "uuid"},
    }
}
_SOURCE_KEY = {
    "name": "source_key",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{3,64}$"},
}
_REST = {"name": "rest", "in": "path", "required": True, "schema": {"type": "string"}}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The same key and body again give the same receipt; another body gives 409.",
}


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the door's paths and schemas added, once."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (InquiryIn, AcceptedOut):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    paths = document["paths"]
    paths.setdefault("/v1/inquiries", {})["post"] = _native()
    hook = {method: _hook(method, [_SOURCE_KEY]) for method in ("get", "post")}
    below = {method: _hook(method, [_SOURCE_KEY, _REST]) for method in ("get", "post")}
    paths["/v1/hooks/{source_key}"] = hook
    paths["/v1/hooks/{source_key}/{rest}"] = below
    return document


def _refusals(*statuses: int) -> dict[str, Any]:
    return {str(status): PROBLEM_RESPONSES[status] for status in statuses} | {
        "408": {**PROBLEM_RESPONSES[400], "description": "The body did not arrive in time"},
        "431": {**PROBLEM_RESPONSES[400], "description": "Too many headers"},
    }


def _native() -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/InquiryIn"}
    answer = {"$ref": "#/components/schemas/AcceptedOut"}
    return {
        "tags": ["ingest"],
        "summary": "Post an inquiry",
        "operationId": "post_inquiry",
        "description": "Stored before the answer leaves. Roles: source (its own), admin.",
        "security": [{"HTTPBearer": []}],
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference}}},
        "responses": {
            "202": {
                "description": "Stored",
                "headers": _RECEIPT,
                "content": {"application/json": {"schema": answer}},
            },
            **_refusals(401, 403, 409, 413, 422, 503),
        },
    }


def _hook(method: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    below = "_below" if len(parameters) > 1 else ""
    operation: dict[str, Any] = {
        "tags": ["ingest"],
        "summary": "A provider's webhook",
        "operationId": f"{method}_hook{below}",
        "description": "Answered as the source's adapter promises its provider.",
        "security": [],
        "parameters": parameters,
        "responses": {
            "2XX": {"description": "The answer that the provider expects", "headers": _RECEIPT},
            **_refusals(401, 413, 503),
        },
    }
    if method == "post":
        operation["requestBody"] = {"content": {"*/*": {"schema": {}}}}
    return operation
