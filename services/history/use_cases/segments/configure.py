"""Configures segments: what they ask, in versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.history.domain.segments import tree
from services.history.domain.segments.reading import FilterError, read_filter
from services.history.domain.segments.tree import Node
from services.history.repository.cards import definitions
from services.history.repository.segments import segments
from services.history.repository.segments.segments import Segment, SegmentFields
from services.history.use_cases.errors import (
    SegmentExistsError,
    SegmentLimitError,
    StaleVersionError,
)
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import new_id

MAX_SEGMENTS = 200


@dataclass(frozen=True, slots=True)
class SegmentContent:
    """`filter` is JSON in the language of segments, understood in the zone."""

    name: str
    filter: Mapping[str, Any]
    time_zone: str


async def create_segment(
    session: Session, content: SegmentContent, *, actor: str, now: datetime
) -> Segment:
    """Raises InvalidError that names each place of the filter at fault, SegmentExistsError,
    SegmentLimitError.
    """
    await definitions.lock_definitions(session)
    live = await segments.list_live(session)
    if len(live) >= MAX_SEGMENTS:
        raise SegmentLimitError(f"There are {MAX_SEGMENTS} segments already.")
    fields = await _checked(session, content, others=live)
    return await segments.add_segment(session, new_id(), fields, actor=actor, now=now)


async def replace_segment(
    session: Session,
    segment_id: UUID,
    content: SegmentContent,
    *,
    version: int,
    actor: str,
    now: datetime,
) -> Segment:
    """A new version; everybody is looked at again. Raises NotFoundError, StaleVersionError, and as
    `create_segment`.
    """
    await definitions.lock_definitions(session)
    await _lock(session, segment_id, version)
    live = await segments.list_live(session)
    others = [segment for segment in live if segment.segment_id != segment_id]
    fields = await _checked(session, content, others=others)
    return await segments.replace_segment(session, segment_id, fields, actor=actor, now=now)


async def delete_segment(
    session: Session, segment_id: UUID, *, version: int, actor: str, now: datetime
) -> None:
    """Its members leave it one after the other. Raises NotFoundError, StaleVersionError."""
    await definitions.lock_definitions(session)
    await _lock(session, segment_id, version)
    await segments.delete_segment(session, segment_id, actor=actor, now=now)


async def understood(session: Session, content: Mapping[str, Any]) -> Node:
    """The filter of the JSON. Raises InvalidError that names each place at fault."""
    fields = await definitions.list_field_definitions(session)
    try:
        types = {item.key: item.type for item in fields}
        return read_filter(content, custom_types=types, is_new=True)
    except FilterError as error:
        raise InvalidError(
            "The filter is not understood.",
            errors=[(f"/filter{pointer}", detail) for pointer, detail in error.faults],
        ) from None


async def _checked(
    session: Session, content: SegmentContent, *, others: Sequence[Segment]
) -> SegmentFields:
    node = await understood(session, content.filter)
    tags = {item.key for item in await definitions.list_tag_definitions(session)}
    unknown = sorted(tree.tags(node) - tags)
    if unknown:
        raise InvalidError("The filter is not understood.", errors=[("/filter", "no such tag")])
    if any(segment.name == content.name for segment in others):
        raise SegmentExistsError("Another segment has this name.")
    return SegmentFields(content.name, content.filter, content.time_zone, tree.is_relative(node))


async def _lock(session: Session, segment_id: UUID, version: int) -> None:
    segment = await segments.lock_segment(session, segment_id)
    if segment.version != version:
        raise StaleVersionError(
            "Somebody has changed the segment meanwhile.", extra={"version": segment.version}
        )
