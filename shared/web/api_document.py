"""A service's OpenAPI document and Swagger UI beside it, both written once: anybody may ask.

The page needs nothing from elsewhere, and its policy lets no foreign program run in it.
"""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from functools import cache

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

# Found from where the document itself was found: right behind any prefix that a proxy takes off.
SERVERS = [{"url": ".", "description": "The service that gives this document"}]
ASSETS = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
# Swagger UI would show the document to a validator on the internet.
PARAMETERS = {"validatorUrl": None}
RENEWED = {"Cache-Control": "no-cache"}  # asked for again each time: another version may run
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
Endpoint = Callable[[Request], Awaitable[Response]]


def add_document(app: FastAPI) -> None:
    """`/openapi.json`, `/docs` and what the page loads, none of them in the document itself."""
    files = StaticFiles(packages=[("fastapi_swagger", "resources")])
    routes = {
        "/openapi.json": _written_once(lambda: JSONResponse(app.openapi(), headers=RENEWED)),
        "/docs": _written_once(lambda: _page(app.title)),
        **{f"/docs/{name}": _asset(files, name) for name in ASSETS},
    }
    for path, endpoint in routes.items():
        app.add_route(path, endpoint, include_in_schema=False)


def _written_once(write: Callable[[], Response]) -> Endpoint:
    response = cache(write)

    async def show(_request: Request) -> Response:
        return response()

    return show


def _asset(files: StaticFiles, name: str) -> Endpoint:
    async def show(request: Request) -> Response:
        response = await files.get_response(name, request.scope)
        response.headers.update(RENEWED)
        return response

    return show


def _page(title: str) -> Response:
    """All addresses are relative, for the same reason as the server's."""
    bundle, style, icon = (f"docs/{name}" for name in ASSETS)
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=title,
        swagger_js_url=bundle,
        swagger_css_url=style,
        swagger_favicon_url=icon,
        swagger_ui_parameters=PARAMETERS,
    )
    policy = {"Content-Security-Policy": _policy(bytes(page.body))}
    page.headers.update({**RENEWED, **policy, "Referrer-Policy": "no-referrer"})
    return page


def _policy(page: bytes) -> str:
    # The page's own lines are named by digest, and the style sheet holds its pictures itself.
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
    scripts = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
