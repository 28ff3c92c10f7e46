"""Tags and fields of the customer base, as supervisors define them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from services.history.repository.cards import definitions as rows
from services.history.schemas.labels import (
    KEY_PATTERN,
    FieldIn,
    FieldOut,
    FieldsOut,
    TagIn,
    TagOut,
    TagsOut,
)
from services.history.use_cases.cards import definitions
from shared.database import reading, transaction
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, IfMatchGiven, Now
from shared.web.tokens import Caller

router = APIRouter(tags=["customer base"])
MAY_DEFINE = Allow("supervisor")
Definer = Annotated[Caller, Depends(MAY_DEFINE)]
MAY_READ_DEFINITIONS = Depends(Allow("supervisor", "manager"))
KeyOf = Annotated[str, Path(pattern=KEY_PATTERN)]


@router.get("/v1/contact-tags", dependencies=[MAY_READ_DEFINITIONS])
async def list_tags(database: DatabaseOf) -> TagsOut:
    """All tags that may be set on persons, by key."""
    async with reading(database) as session:
        tags = await rows.list_tag_definitions(session)
    return TagsOut(items=[TagOut.model_validate(tag) for tag in tags])


@router.put("/v1/contact-tags/{key}")
async def put_tag(
    *,
    key: KeyOf,
    body: TagIn,
    caller: Definer,
    database: DatabaseOf,
    now: Now,
    version: IfMatchGiven,
) -> TagOut:
    """Define a tag or rename it; with `If-Match` only that version of it, `"0"` a new one."""
    async with transaction(database) as session:
        tag = await definitions.put_tag(
            session, key, body.name, version=version, actor=caller.actor, now=now
        )
    return TagOut.model_validate(tag)


@router.delete("/v1/contact-tags/{key}", status_code=204, dependencies=[Depends(MAY_DEFINE)])
async def delete_tag(key: KeyOf, database: DatabaseOf) -> Response:
    """Only a tag that no contact has and no segment asks for can go."""
    async with transaction(database) as session:
        await definitions.delete_tag(session, key)
    return Response(status_code=204)


@router.get("/v1/contact-fields", dependencies=[MAY_READ_DEFINITIONS])
async def list_fields(database: DatabaseOf) -> FieldsOut:
    """All fields that may be set on persons, by key."""
    async with reading(database) as session:
        fields = await rows.list_field_definitions(session)
    return FieldsOut(items=[FieldOut.model_validate(field) for field in fields])


@router.put("/v1/contact-fields/{key}")
async def put_field(
    *,
    key: KeyOf,
    body: FieldIn,
    caller: Definer,
    database: DatabaseOf,
    now: Now,
    version: IfMatchGiven,
) -> FieldOut:
    """Define a field, or change its name and options; its type stays what it was."""
    async with transaction(database) as session:
        field = await definitions.put_field(
            session, key, body.content(), version=version, actor=caller.actor, now=now
        )
    return FieldOut.model_validate(field)


@router.delete("/v1/contact-fields/{key}", status_code=204, dependencies=[Depends(MAY_DEFINE)])
async def delete_field(key: KeyOf, database: DatabaseOf) -> Response:
    """Only a field that no contact has a value in and no segment asks for can go."""
    async with transaction(database) as session:
        await definitions.delete_field(session, key)
    return Response(status_code=204)
