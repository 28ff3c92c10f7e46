"""How the demo calls the services: patiently through an outage, and loudly when it is refused."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from deploy.embedded.processes.children import LauncherError

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.5
PAGE = 200


def open_client(url: str, token: str | None = None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=15.0, trust_env=False)


async def ask(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    json: Any = None,
    params: Mapping[str, str] | None = None,
) -> httpx.Response:
    """The answer, asked for again while the service is away. Raises LauncherError after a minute.

    A refusal (4xx) is returned as an answer.
    """
    clock = asyncio.get_running_loop().time
    ends = clock() + PATIENCE_SECONDS
    while True:
        try:
            answer = await client.request(
                method, path, headers=headers, content=content, json=json, params=params
            )
        except httpx.HTTPError as error:
            trouble = type(error).__name__
        else:
            if answer.status_code < 500:
                return answer
            trouble = str(answer.status_code)
        if clock() > ends:
            raise LauncherError(f"{method} {path} is not answered: {trouble}")
        await asyncio.sleep(PAUSE_SECONDS)


async def read(client: httpx.AsyncClient, path: str, **params: str) -> Any:
    """The JSON of a 200. Raises LauncherError for a refusal."""
    answer = await ask(client, "GET", path, params=params)
    if answer.status_code != 200:
        raise LauncherError(f"GET {path} was refused with {answer.status_code}")
    return answer.json()


async def every(
    client: httpx.AsyncClient, path: str, **params: str
) -> AsyncIterator[dict[str, Any]]:
    """Each item of a paginated list."""
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = await read(client, path, limit=str(PAGE), **params, **more)
        for item in page["items"]:
            yield item
        cursor = page["next_cursor"]
        if cursor is None:
            return
