"""One customer's story, to take away: JSON, a workbook, a page for printing."""

from collections.abc import AsyncIterator, Callable
from typing import IO, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from starlette.responses import StreamingResponse

from services.history.domain.story.page import POLICY, Page
from services.history.domain.story.voice import Voice
from services.history.schemas.story import StoryHead, StoryItem, StoryOut
from services.history.use_cases.story.reading import MAX_ITEMS, Story, open_story, pages
from services.history.use_cases.story.sheets import workbook
from shared.database import Database, reading
from shared.languages import preferred
from shared.spreadsheets import XLSX_TYPE
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, Now, Zone
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

router = APIRouter(tags=["history"])
MAY_TAKE_STORIES = Depends(Allow("supervisor", "manager"))
BLOCK_BYTES = 65_536  # of a workbook that is sent
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_TYPES: dict[str, dict[str, str]] = {XLSX_TYPE: {}, "text/html": {}}


def _language(
    lang: Literal["ru", "en"] | None = None,
    accept_language: Annotated[str, Header(max_length=500)] = "",
) -> str:
    return lang or preferred(accept_language) or "ru"


@router.get(
    "/v1/contacts/{contact_id}/story",
    response_class=StreamingResponse,
    responses={200: {"model": StoryOut, "content": _TYPES}},
)
async def contact_story(  # noqa: PLR0917  FastAPI passes by name
    contact_id: UUID,
    caller: Annotated[Caller, MAY_TAKE_STORIES],
    database: DatabaseOf,
    now: Now,
    audit: Audit,
    zone: Zone,
    language: Annotated[str, Depends(_language)],
    format: Literal["json", "xlsx", "html"] = "json",  # noqa: A002  its name for callers
) -> StreamingResponse:
    """Everything about a person, given by any of their contact ids, the oldest first: inquiries,
    leads, activities, purchases, consents, what was merged, and who has read of them.

    `format`: `json`, a workbook, or a page for printing, in Russian or English by `lang` or
    `Accept-Language`, with times of `tz`. Managers take stories of persons of own leads, without
    what is not theirs. That it was taken is noted before the first byte.
    """
    async with reading(database) as session:
        story = await open_story(session, contact_id, reader=caller.manager_id, now=now)
    shape = {"format": format, "whole": story.scope.sees_all}
    await audit.record_first("story", story.contact_ids, shape)
    name = f"story-{contact_id}"
    voice = Voice(language, zone, story.managers)
    if format == "xlsx":
        file = await workbook(database, story, voice)
        return _answer(lambda: _blocks(file), XLSX_TYPE, f'attachment; filename="{name}.xlsx"')
    if format == "html":
        page = Page(voice, [lead.lead_id for lead in story.leads])
        answer = _answer(
            lambda: _html(database, story, page), "text/html", f'inline; filename="{name}.html"'
        )
        answer.headers["Content-Security-Policy"] = POLICY
        return answer
    disposition = f'attachment; filename="{name}.json"'
    return _answer(lambda: _json(database, story), "application/json", disposition)


def _answer(
    body: Callable[[], AsyncIterator[bytes]], media_type: str, disposition: str
) -> StreamingResponse:
    headers = {**_PRIVATE, "Content-Disposition": disposition}
    return StreamingResponse(body(), media_type=media_type, headers=headers)


async def _blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while block := file.read(BLOCK_BYTES):
            yield block


async def _json(database: Database, story: Story) -> AsyncIterator[bytes]:
    """The members of StoryOut, the items a page at a time."""
    yield StoryHead.of(story).model_dump_json().removesuffix("}").encode() + b',"items":['
    number, separator = 0, ""
    async for items in pages(database, story):
        lines = [StoryItem.of(item).model_dump_json() for item in items[: MAX_ITEMS - number]]
        yield (separator + ",".join(lines)).encode()
        number, separator = number + len(items), "," if lines else ""
    complete = "true" if number <= MAX_ITEMS else "false"
    yield f'],"complete":{complete}}}'.encode()


async def _html(database: Database, story: Story, page: Page) -> AsyncIterator[bytes]:
    points = story.points
    listed = [
        ("companies", points.companies),
        ("phones", points.phones),
        ("emails", points.emails),
        ("merged", [str(len(story.contact_ids))] if len(story.contact_ids) > 1 else []),
    ]
    yield page.head(points.names, listed, story.made_at).encode()
    number = 0
    async for items in pages(database, story):
        yield page.items(items[: MAX_ITEMS - number]).encode()
        number += len(items)
    leads = [(lead.lead_id, lead.owner_id, lead.merged_into) for lead in story.leads]
    reads = [(note.at, note.actor, note.what) for note in story.reads]
    note = page.note(is_cut=number > MAX_ITEMS)
    yield f"{note}{page.leads(leads)}{page.reads(reads)}{page.end()}".encode()
