"""Segments as they are given and shown."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.history.repository.segments.exports import SegmentExport
from services.history.repository.segments.segments import Segment
from services.history.schemas.contacts import PersonOut
from services.history.use_cases.segments.configure import SegmentContent
from shared.text import ONE_LINE, Text

MAX_FILTER_BYTES = 32_768
_LEVELS = 16  # levels of JSON, more than any filter that is understood has
FILTER = (
    'A condition, or a group of them: `{"all": […]}`, `{"any": […]}`, `{"not": …}`. '
    "`docs/history/segments.md` has all fields, operations and relative dates."
)


def _bounded(tree: dict[str, Any]) -> dict[str, Any]:
    _refuse_deep(tree, levels=_LEVELS)
    if len(json.dumps(tree, allow_nan=False)) > MAX_FILTER_BYTES:
        raise ValueError(f"at most {MAX_FILTER_BYTES} bytes of JSON")
    return tree


def _refuse_deep(value: Any, *, levels: int) -> None:
    if isinstance(value, dict | list):
        if not levels:
            raise ValueError(f"at most {_LEVELS} levels")
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_deep(item, levels=levels - 1)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no time zone of this name") from None
    return name


Filter = Annotated[dict[str, Any], AfterValidator(_bounded), Field(description=FILTER)]
Zone = Annotated[Text, Field(min_length=1, max_length=64), AfterValidator(_zone)]


class PreviewIn(BaseModel):
    """A filter to try. Relative dates are understood in the zone."""

    model_config = ConfigDict(extra="forbid")

    filter: Filter
    time_zone: Zone = "Europe/Moscow"

    def content(self) -> SegmentContent:
        return SegmentContent("", self.filter, self.time_zone)


class SegmentIn(PreviewIn):
    """A segment: a filter under a name."""

    name: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]

    def content(self) -> SegmentContent:
        return SegmentContent(self.name, self.filter, self.time_zone)


class ProgressOut(BaseModel):
    """While a segment is `filling`, so many of all persons have been looked at for its present
    version; after that it is `live`.
    """

    state: Literal["filling", "live"]
    checked: int
    of: int


class SegmentOut(BaseModel):
    """`members`: how many persons are in it now; one with relative dates is also swept on time."""

    segment_id: UUID
    name: str
    filter: dict[str, Any]
    time_zone: str
    version: int
    created_at: datetime
    changed_at: datetime
    changed_by: str
    is_relative: bool
    swept_at: datetime | None
    members: int
    progress: ProgressOut

    @classmethod
    def of(cls, segment: Segment, *, persons: int) -> Self:
        is_live = segment.swept_version == segment.version
        return cls(
            segment_id=segment.segment_id,
            name=segment.name,
            filter=dict(segment.filter),
            time_zone=segment.time_zone,
            version=segment.version,
            created_at=segment.created_at,
            changed_at=segment.changed_at,
            changed_by=segment.changed_by,
            is_relative=segment.is_relative,
            swept_at=segment.swept_at,
            members=segment.member_count,
            progress=ProgressOut(
                state="live" if is_live else "filling",
                checked=persons if is_live else segment.swept_count,
                of=persons,
            ),
        )


class SegmentVersionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    version: int
    at: datetime
    actor: str
    name: str
    filter: dict[str, Any]
    time_zone: str


class SegmentExportOut(BaseModel):
    """`persons` have been written, `of` were in the segment when it began. `stalled`: nothing was
    taken for a minute, so that it was broken off or its reader waits. A `cancelled` or `failed`
    download breaks off, and is not whole.
    """

    export_id: UUID
    format: str
    actor: str
    state: Literal["running", "stalled", "done", "cancelled", "failed"]
    persons: int
    of: int
    began_at: datetime
    moved_at: datetime

    @classmethod
    def of_row(cls, row: SegmentExport, *, now: datetime) -> Self:
        state = "stalled" if row.is_stalled(now) else row.state
        return cls.model_validate(
            {
                "export_id": row.export_id,
                "format": row.format,
                "actor": row.actor,
                "state": state,
                "persons": row.persons,
                "of": row.of,
                "began_at": row.began_at,
                "moved_at": row.moved_at,
            }
        )


class PreviewOut(BaseModel):
    """How many persons the filter finds now, and the first of them. Where not `is_exact`, it is
    about `count`, with 95 % certainty between `at_least` and `at_most`, and `persons` are some.
    """

    count: int
    is_exact: bool
    at_least: int
    at_most: int
    persons: list[PersonOut]
