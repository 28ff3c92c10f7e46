"""The OpenAPI document and its page, written once: anybody may ask, and writing them is dear."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Document = Callable[[], Mapping[str, Any]]
Endpoint = Callable[[Request], Awaitable[Response]]


def written_once(write: Callable[[str], Response]) -> Endpoint:
    """`write` is given the path in front of the app, and is called once for each there is."""
    responses: dict[str, Response] = {}

    async def show(request: Request) -> Response:
        root: str = request.scope.get("root_path", "").rstrip("/")
        if root not in responses:
            responses[root] = write(root)
        return responses[root]

    return show


def document_endpoint(document: Document) -> Endpoint:
    """The document, which names the address of its service when that is not the root."""

    def write(root: str) -> Response:
        servers = {"servers": [{"url": root}]} if root else {}
        return JSONResponse({**document(), **servers})

    return written_once(write)
