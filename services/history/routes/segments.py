"""Segments of the customer base: configured, looked into, exported."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.history.repository.cards import cards, persons
from services.history.repository.cards.cards import CardFilter
from services.history.repository.segments import members
from services.history.repository.segments import segments as rows
from services.history.repository.segments.segments import Segment
from services.history.routes.contacts import contacts_of, persons_page
from services.history.schemas.contacts import PersonOut
from services.history.schemas.segments import (
    PreviewIn,
    PreviewOut,
    SegmentIn,
    SegmentOut,
    SegmentVersionOut,
)
from services.history.use_cases.segments import configure
from services.history.use_cases.segments import preview as previewing
from shared.database import Session, reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, IfMatch, Limit, Now
from shared.web.pagination import Page, cursor_id, cursor_number, decode_cursor, page, uuid_cursor
from shared.web.read_audit import Audit
from shared.web.tokens import Caller

router = APIRouter(tags=["segments"])
MAY_CONFIGURE_SEGMENTS = Allow("supervisor")
Configurer = Annotated[Caller, Depends(MAY_CONFIGURE_SEGMENTS)]
Reader = Annotated[Caller, Depends(Allow("supervisor", "manager"))]
Cursor = Annotated[str | None, Query(max_length=200)]


async def _out(session: Session, segment: Segment) -> SegmentOut:
    return SegmentOut.of(segment, persons=await members.count_persons(session))


@router.post("/v1/segments", status_code=201)
async def create_segment(
    body: SegmentIn, caller: Configurer, database: DatabaseOf, now: Now
) -> SegmentOut:
    """Save a filter as a segment; it begins to fill at once."""
    async with transaction(database) as session:
        segment = await configure.create_segment(
            session, body.content(), actor=caller.actor, now=now
        )
        return await _out(session, segment)


@router.get("/v1/segments", dependencies=[Depends(Allow("supervisor", "manager"))])
async def list_segments(
    database: DatabaseOf, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[SegmentOut]:
    """All segments with how many are in them now, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        segments = await rows.list_segments(session, before=before, limit=limit)
        persons = await members.count_persons(session)
    items = [SegmentOut.of(segment, persons=persons) for segment in segments]
    return page(items, limit=limit, key=lambda item: item.segment_id)


@router.post("/v1/segments/preview", dependencies=[Depends(MAY_CONFIGURE_SEGMENTS)])
async def preview_segment(
    body: PreviewIn, database: DatabaseOf, now: Now, audit: Audit
) -> PreviewOut:
    """How many persons a filter finds now, and some of them; nothing is saved. All are counted in
    up to two seconds; where that does not do, some thousands are looked at, and it is estimated.
    """
    result = await previewing.preview(database, body.content(), now=now)
    persons = [PersonOut.model_validate(card) for card in result.persons]
    audit.record("segment_preview", contacts_of(persons))
    return PreviewOut(
        count=result.number.count,
        is_exact=result.is_exact,
        at_least=result.number.at_least,
        at_most=result.number.at_most,
        persons=persons,
    )


@router.get("/v1/segments/{segment_id}", dependencies=[Depends(Allow("supervisor", "manager"))])
async def read_segment(segment_id: UUID, database: DatabaseOf) -> SegmentOut:
    """One segment; `progress` shows how far its present version has come."""
    async with reading(database) as session:
        return await _out(session, await rows.get_segment(session, segment_id))


@router.put("/v1/segments/{segment_id}")
async def put_segment(
    *,
    segment_id: UUID,
    body: SegmentIn,
    caller: Configurer,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
) -> SegmentOut:
    """Replace name, filter and zone by a new version; who fits stays without leaving."""
    async with transaction(database) as session:
        segment = await configure.replace_segment(
            session, segment_id, body.content(), version=version, actor=caller.actor, now=now
        )
        return await _out(session, segment)


@router.delete("/v1/segments/{segment_id}", status_code=204)
async def delete_segment(
    *, segment_id: UUID, caller: Configurer, database: DatabaseOf, now: Now, version: IfMatch
) -> Response:
    """Whoever is in it leaves; its versions stay."""
    async with transaction(database) as session:
        await configure.delete_segment(
            session, segment_id, version=version, actor=caller.actor, now=now
        )
    return Response(status_code=204)


@router.get("/v1/segments/{segment_id}/versions", dependencies=[Depends(MAY_CONFIGURE_SEGMENTS)])
async def list_versions(
    segment_id: UUID, database: DatabaseOf, cursor: Cursor = None, limit: Limit = LIMIT_DEFAULT
) -> Page[SegmentVersionOut]:
    """What a segment asked, and who changed it, the newest first; a deleted one's stay."""
    before = None if cursor is None else decode_cursor(cursor, cursor_number)[0]
    async with reading(database) as session:
        versions = await rows.list_versions(session, segment_id, before=before, limit=limit)
    items = [SegmentVersionOut.model_validate(version) for version in versions]
    return page(items, limit=limit, key=lambda item: item.version)


@router.get("/v1/segments/{segment_id}/members")
async def list_members(
    *,
    segment_id: UUID,
    caller: Reader,
    database: DatabaseOf,
    audit: Audit,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[PersonOut]:
    """Who is in a segment now, in the order of their ids; a manager sees persons of own leads."""
    after = None if cursor is None else decode_cursor(cursor, cursor_id)
    async with reading(database) as session:
        await rows.get_segment(session, segment_id)
        if caller.manager_id is None:
            members_page = await persons.list_members(
                session, segment_id, after=None if after is None else after[0], limit=limit + 1
            )
        else:
            members_page = await cards.list_cards(
                session,
                CardFilter(segment_id=segment_id, reader_id=caller.manager_id),
                sort=cards.SORTS["person_id"],
                after=after,
                limit=limit + 1,
            )
    items = [PersonOut.model_validate(card) for card in members_page]
    window = persons_page(items, sort="person_id", limit=limit)
    audit.record("segment", [segment_id, *contacts_of(window.items)])
    return window
