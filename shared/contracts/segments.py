"""What history emits about segments of the customer base.

`contact_id` is the contact that stands for the person; a person whose contacts were merged into
another leaves, with the other's contact entering if it fits.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event


class _OnSegments(Event):
    TOPIC: ClassVar[str] = "segments"
    KEY: ClassVar[str] = "contact_id"

    contact_id: UUID
    segment_id: UUID
    segment_version: int
    at: datetime


class SegmentEntered(_OnSegments):
    TYPE: ClassVar[str] = "segment.entered.v1"


class SegmentLeft(_OnSegments):
    """`reason`: `changed` (the person, or time went on), `merged` into another person, `deleted`
    when the segment is.
    """

    TYPE: ClassVar[str] = "segment.left.v1"

    reason: str
