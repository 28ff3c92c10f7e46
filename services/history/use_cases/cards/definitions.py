"""Defines tags and fields of the customer base."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.history.domain.labels import FieldDefinition
from services.history.domain.segments import tree
from services.history.domain.segments.reading import read_filter
from services.history.repository.cards import definitions
from services.history.repository.cards.definitions import TagDefinition
from services.history.repository.segments import segments
from services.history.use_cases.errors import (
    DefinitionInUseError,
    DefinitionLimitError,
    FieldTypeError,
    StaleVersionError,
)
from shared.database import Session
from shared.errors import NotFoundError

MAX_TAG_DEFINITIONS = 500
MAX_FIELD_DEFINITIONS = 100


@dataclass(frozen=True, slots=True)
class FieldContent:
    name: str
    type: str
    options: Sequence[str]


async def put_tag(
    session: Session, key: str, name: str, *, version: int | None, actor: str, now: datetime
) -> TagDefinition:
    """Define a tag or rename it. Raises StaleVersionError, DefinitionLimitError."""
    await definitions.lock_definitions(session)
    tags = {item.key: item for item in await definitions.list_tag_definitions(session)}
    _require_version(tags.get(key), version)
    if key not in tags and len(tags) >= MAX_TAG_DEFINITIONS:
        raise DefinitionLimitError(f"There are {MAX_TAG_DEFINITIONS} tags already.")
    return await definitions.put_tag(session, key, name, actor=actor, now=now)


async def put_field(
    session: Session,
    key: str,
    content: FieldContent,
    *,
    version: int | None,
    actor: str,
    now: datetime,
) -> FieldDefinition:
    """Define a field, or change its name and options.

    Raises StaleVersionError, DefinitionLimitError, FieldTypeError, and DefinitionInUseError for an
    option that is taken away while a contact has it.
    """
    await definitions.lock_definitions(session)
    fields = {item.key: item for item in await definitions.list_field_definitions(session)}
    present = fields.get(key)
    _require_version(present, version)
    if present is None and len(fields) >= MAX_FIELD_DEFINITIONS:
        raise DefinitionLimitError(f"There are {MAX_FIELD_DEFINITIONS} fields already.")
    if present is not None and present.type != content.type:
        raise FieldTypeError("A field keeps its type.", errors=[("/type", f"is {present.type}")])
    if present is not None and content.type == "one_of":
        value = await definitions.find_value_beyond(session, key, content.options)
        if value is not None:
            raise DefinitionInUseError(
                "Contacts have a value that would be no option any more.",
                errors=[("/options", "lacks a value that contacts have")],
            )
    return await definitions.put_field(
        session,
        key,
        name=content.name,
        type_=content.type,
        options=content.options,
        actor=actor,
        now=now,
    )


def _require_version(present: TagDefinition | FieldDefinition | None, version: int | None) -> None:
    number = 0 if present is None else present.version
    if version is not None and version != number:
        raise StaleVersionError(
            "Somebody has changed the definition meanwhile.", extra={"version": number}
        )


async def delete_tag(session: Session, key: str) -> None:
    """Raises NotFoundError, DefinitionInUseError."""
    await definitions.lock_definitions(session)
    if key not in {item.key for item in await definitions.list_tag_definitions(session)}:
        raise NotFoundError("There is no such tag.")
    await _refuse_if_in_segments(session, tag=key)
    if await definitions.tag_is_used(session, key):
        raise DefinitionInUseError("Contacts have the tag.")
    await definitions.delete_tag(session, key)


async def delete_field(session: Session, key: str) -> None:
    """Raises NotFoundError, DefinitionInUseError."""
    await definitions.lock_definitions(session)
    if key not in {item.key for item in await definitions.list_field_definitions(session)}:
        raise NotFoundError("There is no such field.")
    await _refuse_if_in_segments(session, field=key)
    if await definitions.field_is_used(session, key):
        raise DefinitionInUseError("Contacts have a value in the field.")
    await definitions.delete_field(session, key)


async def _refuse_if_in_segments(
    session: Session, *, tag: str | None = None, field: str | None = None
) -> None:
    types = {item.key: item.type for item in await definitions.list_field_definitions(session)}
    users = []
    for segment in await segments.list_live(session):
        node = read_filter(segment.filter, custom_types=types)
        if tag in tree.tags(node) or field in tree.custom_fields(node):
            users.append(segment)
    if users:
        raise DefinitionInUseError(f"Segments ask for it: {segments.names(users)}.")
