"""Inputs of decisions as JSON and back: what is read is equal to what was decided on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.assigning import Candidate, Waiting


def candidate_record(candidate: Candidate) -> dict[str, Any]:
    return {
        "manager_id": str(candidate.manager_id),
        "capacity_milli": candidate.capacity_milli,
        "reserved_milli": candidate.reserved_milli,
        "status": candidate.status,
        "status_until": _text(candidate.status_until),
        "skills": dict(candidate.skills),
        "last_assigned_at": _text(candidate.last_assigned_at),
    }


def candidate_of(record: Mapping[str, Any]) -> Candidate:
    return Candidate(
        manager_id=UUID(record["manager_id"]),
        capacity_milli=record["capacity_milli"],
        reserved_milli=record["reserved_milli"],
        status=record["status"],
        status_until=_moment(record["status_until"]),
        skills=record["skills"],
        last_assigned_at=_moment(record["last_assigned_at"]),
    )


def waiting_record(lead: Waiting) -> dict[str, Any]:
    return {
        "units_milli": lead.units_milli,
        "round": lead.round,
        "skills": dict(lead.skills),
        "passed_over": sorted(str(manager_id) for manager_id in lead.passed_over),
    }


def waiting_of(lead_id: UUID, record: Mapping[str, Any]) -> Waiting:
    return Waiting(
        lead_id=lead_id,
        units_milli=record["units_milli"],
        round=record["round"],
        skills=record["skills"],
        passed_over=frozenset(UUID(found) for found in record["passed_over"]),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(found: str | None) -> datetime | None:
    return None if found is None else datetime.fromisoformat(found)
