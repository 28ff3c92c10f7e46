"""All that the doors of the four services answer to somebody who may read everything."""

from collections.abc import AsyncIterator, Mapping, Sequence
from io import BytesIO
from typing import Any, Final
from zipfile import ZipFile, is_zipfile

import httpx

from tests.integration.erasure.world import World
from tests.support.http_client import Door

PERIOD: Final = {"from": "2026-03-01", "to": "2026-04-01", "tz": "UTC"}
# A stream has no end; what an operator scrapes is looked at elsewhere.
PASSED_OVER: Final = frozenset({"/v1/stream", "/metrics"})
ROLES: Final = ("admin", "supervisor", "service")


async def answers(world: World, ids: Mapping[str, Sequence[str]]) -> AsyncIterator[tuple[str, str]]:
    """The text of each GET of each service that answers, by its address: reports and lists as JSON,
    CSV and workbooks, journals, and what is asked for by one of the `ids` of a name.
    """
    doors: dict[str, Any] = {"intake": world.house, **world.doors}
    for service, door in doors.items():
        paths = (await door.client.get("/openapi.json")).json()["paths"]
        for path, methods in paths.items():
            if "get" in methods and path not in PASSED_OVER:
                for address in _addresses(path, ids):
                    async for name, answer in _asked(door, address, methods["get"]):
                        yield f"{service} {name}", text_of(answer)


def _addresses(path: str, ids: Mapping[str, Sequence[str]]) -> list[str]:
    """With one id at most: of several nobody knows which belong together."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    if not names:
        return [path]
    if len(names) > 1 or names[0] not in ids:
        return []
    return [path.replace(f"{{{names[0]}}}", each) for each in ids[names[0]]]


async def _asked(
    door: Door, address: str, operation: Mapping[str, Any]
) -> AsyncIterator[tuple[str, httpx.Response]]:
    known = {item["name"]: item for item in operation.get("parameters", [])}
    params = {name: value for name, value in PERIOD.items() if name in known}
    forms = ("json", "csv", "xlsx") if "format" in known else ("",)
    for form in forms:
        more = {"format": form} if form else {}
        for role in ROLES:
            answer = await door.client.get(
                address, params={**params, **more}, headers=door.as_(role)
            )
            if answer.status_code == 200:
                yield f"{address} {form}", answer
                break


def text_of(answer: httpx.Response) -> str:
    """A workbook is a folder of texts."""
    if not is_zipfile(BytesIO(answer.content)):
        return answer.text
    with ZipFile(BytesIO(answer.content)) as book:
        return "\n".join(book.read(name).decode(errors="replace") for name in book.namelist())
