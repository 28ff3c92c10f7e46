"""Inputs of decisions as JSON and back; reading a record gives inputs equal to the original ones.

Loads and turns change with every decision and are stored with its batch; the rest of a candidate is
stored as a snapshot, to which many batches refer.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from services.routing.domain.assigning import Candidate, Waiting

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records of candidates without loads and turns, as JSON; the id is a digest of them."""

    snapshot_id: UUID
    records: str


class Traits(NamedTuple):
    """What of a candidate seldom changes."""

    manager_id: UUID
    capacity_milli: int
    on_duty: bool
    skills: tuple[tuple[str, float], ...]


def candidate_record(traits: Traits) -> dict[str, Any]:
    return {
        "manager_id": str(traits.manager_id),
        "capacity_milli": traits.capacity_milli,
        "on_duty": traits.on_duty,
        "skills": dict(traits.skills),
    }


def snapshot_of(candidates: Sequence[Candidate]) -> Snapshot:
    """The snapshot of these candidates; its id depends on neither loads nor turns."""
    return _snapshot(
        tuple(
            Traits(
                candidate.manager_id,
                candidate.capacity_milli,
                candidate.on_duty,
                tuple(sorted(candidate.skills.items())),
            )
            for candidate in candidates
        )
    )


# A pool seldom changes between two decisions.
@lru_cache(maxsize=32)
def _snapshot(traits: tuple[Traits, ...]) -> Snapshot:
    records = json.dumps(
        [candidate_record(each) for each in traits], sort_keys=True, ensure_ascii=False
    )
    return Snapshot(UUID(bytes=hashlib.sha256(records.encode()).digest()[:16]), records)


def candidates_of(
    records: Sequence[Record], loads: Sequence[int], turns: Sequence[int]
) -> list[Candidate]:
    """A snapshot's records joined with the loads and turns of one batch."""
    return [
        Candidate(
            manager_id=UUID(record["manager_id"]),
            capacity_milli=record["capacity_milli"],
            reserved_milli=load,
            on_duty=record["on_duty"],
            skills=record["skills"],
            turn=turn,
        )
        for record, load, turn in zip(records, loads, turns, strict=True)
    ]


def waiting_record(lead: Waiting) -> dict[str, Any]:
    return {
        "units_milli": lead.units_milli,
        "round": lead.round,
        "skills": dict(lead.skills),
        "passed_over": sorted(str(manager_id) for manager_id in lead.passed_over),
    }


def waiting_of(lead_id: UUID, record: Record) -> Waiting:
    return Waiting(
        lead_id=lead_id,
        units_milli=record["units_milli"],
        round=record["round"],
        skills=record["skills"],
        passed_over=frozenset(UUID(text) for text in record["passed_over"]),
    )
