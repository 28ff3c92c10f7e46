"""Sources by API: for admin only; secrets go in and never come out."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse

from services.intake.repository import sources as source_rows
from services.intake.repository.sources import SourceFilter
from services.intake.routes.snippet import Language, snippet
from services.intake.routes.source_validation import check_mapping_of, check_source
from services.intake.schemas.sources import KEY_PATTERN, SourceIn, SourceOut, source_out
from services.intake.schemas.trials import TrialIn, TrialOut, trial_out
from services.intake.settings import Settings
from services.intake.use_cases import sources, trial
from services.intake.use_cases.interpret import Reader
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor

router = APIRouter(tags=["sources"], dependencies=[Depends(Allow("admin"))])


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsOf = Annotated[Settings, Depends(_settings)]
SourceName = Annotated[str, Path(pattern=KEY_PATTERN, description="source_id, or the key")]


def source_names(name: str) -> list[Any]:
    """What the name may be: a UUID if it reads like one, and always a key."""
    try:
        return [UUID(name), name]
    except ValueError:
        return [name]


@router.post("/v1/sources", status_code=201)
async def create_source(
    body: SourceIn, database: DatabaseOf, now: Now, settings: SettingsOf
) -> SourceOut:
    """Add a source. Without a key it gets an unguessable one, part of `hook_url`."""
    check_source(body)
    wish = body.wish(key=None, country=settings.country, time_zone=settings.time_zone)
    async with transaction(database) as session:
        row = await sources.create_source(session, wish, now=now)
    return source_out(row, public_url=settings.public_url)


@router.get("/v1/sources")
async def list_sources(
    database: DatabaseOf,
    settings: SettingsOf,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    adapter: Annotated[str | None, Query(max_length=100, pattern="^[a-z0-9-]+$")] = None,
    *,
    enabled: bool | None = None,
) -> Page[SourceOut]:
    """All sources, the newest first."""
    criteria = SourceFilter(adapter=adapter, enabled=enabled)
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        rows = await source_rows.list_sources(session, criteria, after=after, limit=limit)
    items = [source_out(row, public_url=settings.public_url) for row in rows]
    return page(items, limit=limit, key=lambda item: item.source_id)


@router.get("/v1/sources/{source}")
async def read_source(source: SourceName, database: DatabaseOf, settings: SettingsOf) -> SourceOut:
    """One source, by its key or its id."""
    async with reading(database) as session:
        row = await sources.require_source(session, source_names(source))
    return source_out(row, public_url=settings.public_url)


@router.get("/v1/sources/{source}/snippet", response_class=PlainTextResponse)
async def read_snippet(
    source: SourceName, database: DatabaseOf, settings: SettingsOf, language: Language = "ru"
) -> str:
    """The form of an `html-form` source, as HTML to copy into a page: it also sends UTM marks,
    click ids, referrer, page, consent and the time that filling in took.
    """
    async with reading(database) as session:
        row = await sources.require_source(session, source_names(source))
    hook_url = source_out(row, public_url=settings.public_url).hook_url
    return snippet(row, language, hook_url=hook_url)


@router.put("/v1/sources/{source}")
async def replace_source(
    source: SourceName,
    body: SourceIn,
    database: DatabaseOf,
    now: Now,
    settings: SettingsOf,
) -> SourceOut:
    """Replace a source. Secrets left out, or sent back masked, stay as they are; replaced ones
    remain good for the overlap that the installation allows.
    """
    async with transaction(database) as session:
        row = await sources.require_source(session, source_names(source), lock=True)
        if body.key is not None and body.key != row.key:
            raise InvalidError("A key stays.", errors=[("/key", "cannot be changed")])
        check_source(body, present=row.secrets)
        wish = body.wish(key=row.key, country=settings.country, time_zone=settings.time_zone)
        overlap = timedelta(seconds=settings.secret_overlap_seconds)
        row = await sources.replace_source(session, row, wish, now=now, overlap=overlap)
    return source_out(row, public_url=settings.public_url)


@router.post("/v1/sources/{source}/try")
async def try_source(
    source: SourceName, body: TrialIn, database: DatabaseOf, now: Now, request: Request
) -> TrialOut:
    """What would come of a request, or of the provider's sample: nothing is stored."""
    reader: Reader = request.app.state.trial_reader
    check_mapping_of(body.mapping)
    async with reading(database) as session:
        row = await sources.require_source(session, source_names(source))
        submission = (
            trial.given_request(row, body.raw_request(), now=now)
            if body.submission_id is None
            else await trial.stored_request(session, body.submission_id, source_id=row.source_id)
        )
    view = replace(
        row.view(),
        mapping=row.mapping if body.mapping is None else body.mapping,
        options=row.options if body.options is None else body.options,
    )
    return trial_out(await trial.try_source(database, reader, submission, view))


@router.delete("/v1/sources/{source}", status_code=204)
async def disable_source(source: SourceName, database: DatabaseOf, now: Now) -> Response:
    """Disable a source: its hook answers 401 from now on, what it sent is kept."""
    async with transaction(database) as session:
        row = await sources.require_source(session, source_names(source), lock=True)
        await sources.disable_source(session, row, now=now)
    return Response(status_code=204)
