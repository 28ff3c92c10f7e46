"""A decision in which a person names the owner: the only thing to check is their room."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.routing.domain.assigning import Candidate, has_room

ALGORITHM = "named.1"


def decide_named(inputs: Mapping[str, Any], candidates: Sequence[Candidate]) -> UUID | None:
    """The manager who was named, if they have room, else None."""
    named = UUID(inputs["manager_id"])
    for candidate in candidates:
        if candidate.manager_id == named and has_room(
            reserved_milli=candidate.reserved_milli,
            units_milli=inputs["units_milli"],
            capacity_milli=candidate.capacity_milli,
        ):
            return named
    return None
