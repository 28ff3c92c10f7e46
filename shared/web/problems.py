"""Refusals as RFC 9457 problem documents, without anything internal or personal."""

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from shared.errors import InvalidError, Kind, ServiceError, TooLargeError
from shared.observability.tracing import current_trace_id
from shared.validation import faults
from shared.web.bodies import BodyTooLargeError

log = structlog.get_logger()

STATUS_OF = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.BUSY: 503,
    Kind.UNAVAILABLE: 503,
}
_TITLES = {
    400: "Bad request",
    401: "Unauthenticated",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Invalid",
    429: "Too many",
    500: "Internal error",
    503: "Unavailable",
}
RETRY_AFTER_SECONDS = 2
NO_JSON = "is no JSON in UTF-8, or nested too deep, or holds a number that is too long"


class FieldProblem(BaseModel):
    pointer: str
    detail: str


class Problem(BaseModel):
    """The body of every refusal; `errors` name the fields at fault by JSON pointer."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []
    trace_id: str | None = None


_REFERENCE = "#/components/schemas/"


def problem_response(status: int) -> dict[str, Any]:
    """How an OpenAPI document describes this refusal."""
    return {
        "description": _TITLES[status],
        "content": {"application/problem+json": {"schema": {"$ref": _REFERENCE + "Problem"}}},
    }


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: problem_response(status)
    for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 503)
}


def problem(
    status: int,
    slug: str,
    detail: str,
    *,
    errors: Sequence[tuple[str, str]] = (),
    extra: dict[str, object] | None = None,
    retry_after_seconds: int | None = None,
) -> Response:
    """One problem document as a response."""
    body: dict[str, object] = {
        **(extra or {}),
        "type": f"urn:leadflow:problem:{slug}",
        "title": _TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "errors": [{"pointer": pointer, "detail": text} for pointer, text in errors],
        "trace_id": current_trace_id(),
    }
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in {429, 503}:
        headers["Retry-After"] = str(retry_after_seconds or RETRY_AFTER_SECONDS)
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def problem_of(error: ServiceError) -> Response:
    return problem(
        STATUS_OF[error.kind],
        error.slug(),
        error.detail,
        errors=error.errors,
        extra=error.extra,
        retry_after_seconds=error.retry_after_seconds,
    )


def problem_document(error: ServiceError) -> Problem:
    """The document of a refusal that is a part of an answer."""
    return Problem(
        type=f"urn:leadflow:problem:{error.slug()}",
        title=_TITLES[STATUS_OF[error.kind]],
        status=STATUS_OF[error.kind],
        detail=error.detail,
        errors=[FieldProblem(pointer=pointer, detail=text) for pointer, text in error.errors],
        trace_id=current_trace_id(),
    )


def internal_problem() -> Response:
    """The answer to a defect of ours: logged by class and place, sent without detail."""
    log.exception("request.failed")  # noqa: LOG004  called from the last resort's handler
    return problem(500, "internal", "The request failed for a reason on our side.")


def install(app: FastAPI) -> None:
    """Make every refusal of this app a problem document, and describe that in its OpenAPI."""

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, ServiceError)
        return problem_of(error)

    async def invalid(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = faults(error.errors(), body=error.body)
        return problem_of(InvalidError("The request does not fit its schema.", errors=errors))

    async def framework(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error, BodyTooLargeError):
            return problem_of(TooLargeError(error.detail))
        if isinstance(error.__cause__, ValueError | RecursionError):  # while it read the body
            return problem_of(InvalidError("The body cannot be read.", errors=[("", NO_JSON)]))
        answer = problem(error.status_code, "http", str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    def document() -> dict[str, Any]:
        description = framework_document()
        schemas = Problem.model_json_schema(ref_template=_REFERENCE + "{model}")
        parts = schemas.pop("$defs")
        description.setdefault("components", {}).setdefault("schemas", {}).update(
            parts, Problem=schemas
        )
        return description

    framework_document = app.openapi
    app.openapi = document  # type: ignore[method-assign]
    app.add_exception_handler(ServiceError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, framework)
