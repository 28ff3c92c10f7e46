"""Decisions in which a supervisor names the owner: only the manager's room is checked."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.routing.domain.deciding.candidates import Candidate, has_room

ALGORITHM = "named.1"


def decide_named(inputs: Mapping[str, Any], candidates: Sequence[Candidate]) -> UUID | None:
    """The named manager, if they have room, else None."""
    manager_id = UUID(inputs["manager_id"])
    for candidate in candidates:
        if candidate.manager_id == manager_id and has_room(
            reserved_milli=candidate.reserved_milli,
            units_milli=inputs["units_milli"],
            capacity_milli=candidate.capacity_milli,
        ):
            return manager_id
    return None
