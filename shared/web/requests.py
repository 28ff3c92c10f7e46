"""What surrounds every request: its trace, its metrics, and the last resort for our own defects.

Pure ASGI: a framework middleware would cost more than the work, and can lose a client's leaving.
"""

import time
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import ServiceError
from shared.observability.metrics import metrics_of
from shared.observability.tracing import started, traced
from shared.web.access import caller_of
from shared.web.bodies import limited
from shared.web.connections import BREAK_OFF
from shared.web.limits import UNPROVEN_BYTES
from shared.web.problems import STATUS_OF, internal_problem, problem_of

log = structlog.get_logger()
UNMATCHED = "unmatched"


def route_template(scope: Scope) -> str:
    """The route's pattern, never its path: paths hold keys and ids."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", UNMATCHED))


def _declared_length(scope: Scope) -> int | None:
    """Of the body in bytes; None where it is unknown before it has come."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value[:18]) if value.isdigit() else None
        if name == b"transfer-encoding":
            return None
    return 0


def refusal_in(error: Exception) -> ServiceError | None:
    """The refusal that ended an answer; the framework wraps what it cannot answer any more."""
    refusal = error if isinstance(error, ServiceError) else error.__cause__
    return refusal if isinstance(refusal, ServiceError) else None


def _break_off(scope: Scope, error: Exception) -> int:
    """End an answer that has begun, so that its reader sees that it is not whole.

    Returns the status it would have had. Raises the error where the server cannot break it off.
    """
    refusal = refusal_in(error)
    if refusal is None:
        status = internal_problem().status_code
    else:  # as it would have been answered: nothing of ours is broken
        status = STATUS_OF[refusal.kind]
        log.info("request.ended", reason=refusal.slug(), status=status)
    if BREAK_OFF not in scope:
        raise error
    scope[BREAK_OFF]()
    return status


class RequestFrame:
    """Wraps one service's app."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self.app = app
        self.service = service
        self.metrics = metrics_of(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        incoming = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
        length = _declared_length(scope)
        body = limited(scope, receive, length or 0)
        status, answered_at = 0, 0.0

        async def noting(message: Message) -> None:
            nonlocal status, answered_at
            if message["type"] == "http.response.start":
                body.answered = True
                status, answered_at = message["status"], time.perf_counter()
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        began = time.perf_counter()
        with traced(started(incoming.decode("latin-1"))):
            try:
                if length is None or length > UNPROVEN_BYTES:
                    # The framework reads the whole body before it checks the caller, so a large
                    # one, or one of unknown length, would be read for anybody.
                    caller_of(Request(scope))
                await self.app(scope, body, noting)
            except ServiceError as refusal:
                await problem_of(refusal)(scope, receive, noting)
            except Exception as error:  # noqa: BLE001  the last resort
                if status:
                    status = _break_off(scope, error)
                else:
                    await internal_problem()(scope, receive, noting)
        route = route_template(scope)
        self.metrics.requests.labels(self.service, route, scope["method"], status).inc()
        self.metrics.request_seconds.labels(self.service, route).observe(
            # An answer that goes on for hours began at once.
            (answered_at or time.perf_counter()) - began
        )
