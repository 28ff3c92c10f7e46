"""The door's HTTP answers and their metrics.

Invariant: every refusal is a problem document, and one for a stranger never gives the reason.
"""

from starlette.types import Message, Receive, Scope, Send

from services.intake.domain.requests import Answer
from services.intake.repository.arrivals import Receipt
from shared.errors import ServiceError, UnauthenticatedError
from shared.observability.metrics import metrics_of
from shared.observability.tracing import traced
from shared.web.problems import problem, problem_of

NATIVE = "/v1/inquiries"
HOOKS = "/v1/hooks/{source_key}"
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS"})
_NOSNIFF = (b"x-content-type-options", b"nosniff")


class MethodNotAllowedError(ServiceError):
    """A method that this door does not serve; answered 405."""


def unauthenticated() -> UnauthenticatedError:
    """The one answer to unknown sources and wrong signatures."""
    return UnauthenticatedError("The sender could not be recognised.")


class Tally:
    """The door's metrics, with labels bound once per route, method and status."""

    def __init__(self, service: str) -> None:
        self.metrics = metrics_of(service)
        self.service = service
        self._counters: dict[tuple[str, str, int], object] = {}
        self._seconds = {
            route: self.metrics.request_seconds.labels(service, route) for route in (NATIVE, HOOKS)
        }

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        label = method if method in _METHODS else "other"
        counter = self._counters.get((route, label, status))
        if counter is None:
            counter = self.metrics.requests.labels(self.service, route, label, status)
            self._counters[route, label, status] = counter
        counter.inc()  # type: ignore[attr-defined]
        self._seconds[route].observe(seconds)


def receipt_of(receipt: Receipt) -> Answer:
    """The answer to a native inquiry."""
    duplicate = "true" if receipt.duplicate else "false"
    body = f'{{"receipt_id":"{receipt.receipt_id}","duplicate":{duplicate}}}'
    return Answer(202, body.encode(), "application/json")


def pairs_of(answer: Answer, *, receipt: str | None = None) -> list[tuple[bytes, bytes]]:
    """The headers of an answer."""
    headers = [(b"content-length", str(len(answer.body)).encode()), _NOSNIFF]
    if answer.content_type:
        headers.append((b"content-type", answer.content_type.encode("latin-1")))
    headers += [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers
    ]
    if receipt is not None:
        headers.append((b"leadflow-receipt", receipt.encode()))
    return headers


async def send_answer(
    send: Send, answer: Answer, *, receipt: str | None = None, bare: bool = False
) -> int:
    """Send an answer and return its status; `bare` leaves the body out, for HEAD."""
    headers = pairs_of(answer, receipt=receipt)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if bare else answer.body})
    return answer.status


async def refuse(
    scope: Scope, receive: Receive, send: Send, error: ServiceError, *, traceparent: str
) -> int:
    """Send the problem document of a refusal and return its status."""
    with traced(traceparent):
        response = problem_of(error)
        if isinstance(error, MethodNotAllowedError):
            response = problem(405, error.slug(), error.detail)
            response.headers["allow"] = "GET, POST" if "hooks" in scope["path"] else "POST"
    response.headers["x-content-type-options"] = "nosniff"

    async def bare(message: Message) -> None:
        if message["type"] == "http.response.body" and scope["method"] == "HEAD":
            message = {**message, "body": b""}
        await send(message)

    await response(scope, receive, bare)
    return response.status_code
