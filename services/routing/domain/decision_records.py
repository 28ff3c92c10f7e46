"""Inputs of decisions as JSON and back; reading a record gives inputs equal to the original ones.

Loads and turns change with every decision and are stored with its batch; the rest of a candidate is
stored as a snapshot, to which many batches refer.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.routing.domain.assigning import Candidate, Waiting

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The candidates without loads and turns; the id is a digest of them."""

    snapshot_id: UUID
    candidates: Sequence[Record]


def candidate_record(candidate: Candidate) -> dict[str, Any]:
    return {
        "manager_id": str(candidate.manager_id),
        "capacity_milli": candidate.capacity_milli,
        "on_duty": candidate.on_duty,
        "skills": dict(candidate.skills),
    }


def snapshot_of(candidates: Sequence[Candidate]) -> Snapshot:
    """The snapshot of these candidates; its id depends on neither loads nor turns."""
    records = [candidate_record(candidate) for candidate in candidates]
    text = json.dumps(records, sort_keys=True, ensure_ascii=False)
    return Snapshot(UUID(bytes=hashlib.sha256(text.encode()).digest()[:16]), records)


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
