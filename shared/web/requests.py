"""What surrounds every request: its trace, its metrics, and the last resort for our own defects.

Pure ASGI: a framework middleware would cost more than the work, and can lose a client's leaving.
"""

import time
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import ServiceError
from shared.observability.metrics import metrics_of
from shared.observability.tracing import started, traced
from shared.web.access import caller_of
from shared.web.bodies import limited
from shared.web.limits import UNPROVEN_BYTES
from shared.web.problems import internal_problem, problem_of

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
            except Exception:  # the last resort: an unhandled error would cut the connection
                answer = internal_problem()
                if status:
                    raise
                await answer(scope, receive, noting)
        route = route_template(scope)
        self.metrics.requests.labels(self.service, route, scope["method"], status).inc()
        self.metrics.request_seconds.labels(self.service, route).observe(
            # An answer that goes on for hours began at once.
            (answered_at or time.perf_counter()) - began
        )
