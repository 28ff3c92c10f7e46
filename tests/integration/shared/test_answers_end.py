"""How an answer ends that has begun and cannot be finished, as its reader and the log see it."""

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from structlog.testing import capture_logs

from shared.errors import ConflictError, UnavailableError
from shared.observability.metrics import metrics_of
from shared.process import server
from shared.web import problems
from shared.web.requests import RequestFrame
from tests.integration.shared.http_server import SERVICE, serving
from tests.support.raw_http import RawConnection, connected, head
from tests.support.waiting import eventually

BEGINNING = b"all that there is of it"


class HandledError(ConflictError):
    """Somebody asked that it end."""


ERRORS: dict[str, Exception] = {
    "on-purpose": HandledError("It was ended."),
    "too-late": UnavailableError("The database cannot answer now."),
    "defect": ZeroDivisionError(),
}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = FastAPI(openapi_url=None)
    problems.install(app)
    app.add_middleware(RequestFrame, service=SERVICE)

    @app.get("/{name}")
    async def answer(name: str) -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            yield BEGINNING
            raise ERRORS[name]

        return StreamingResponse(body())

    async with serving(server(app, host="127.0.0.1", port=0, service=SERVICE)) as address:
        yield address


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    with capture_logs() as entries, caplog.at_level(logging.INFO, "uvicorn"):
        yield entries
    assert [record.message for record in caplog.records] == []


async def unfinished(sender: RawConnection, name: str) -> bytes:
    """What comes of an answer until its connection ends."""
    sender.write(head(f"/{name}", method="GET"))
    answer = bytearray()
    while piece := await sender.reader.read(65_536):
        answer += piece
    return bytes(answer)


def counted(status: int) -> float:
    labels = {"service": SERVICE, "route": "/{name}", "method": "GET", "status": str(status)}
    return metrics_of(SERVICE).registry.get_sample_value("leadflow_requests_total", labels) or 0.0


@pytest.mark.parametrize(
    ("name", "reason", "status"),
    [("on-purpose", "handled", 409), ("too-late", "unavailable", 503)],
)
async def test_a_refusal_that_comes_too_late_is_no_failure_of_ours(
    url: str, lines: list[Any], name: str, reason: str, status: int
) -> None:
    before = counted(status)
    async with connected(url) as sender:
        answer = await unfinished(sender, name)
    assert BEGINNING in answer
    assert not answer.endswith(b"0\r\n\r\n")  # its reader sees that it is not whole

    async def count() -> float:
        return counted(status)

    await eventually(count, seconds=30, until=(before + 1).__eq__, what="it is counted")
    expected = {"event": "request.ended", "reason": reason, "status": status, "log_level": "info"}
    assert lines == [expected]


async def test_a_defect_in_an_answer_that_has_begun_is_one(url: str, lines: list[Any]) -> None:
    before = counted(500)
    async with connected(url) as sender:
        answer = await unfinished(sender, "defect")
    assert BEGINNING in answer
    assert not answer.endswith(b"0\r\n\r\n")

    async def count() -> float:
        return counted(500)

    await eventually(count, seconds=30, until=(before + 1).__eq__, what="it is counted")
    assert [(line["event"], line["log_level"]) for line in lines] == [("request.failed", "error")]
