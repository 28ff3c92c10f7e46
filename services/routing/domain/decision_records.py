"""Inputs of decisions as JSON and back; reading a record gives inputs equal to the original ones.

What of a candidate changes with every decision is stored with its batch, as arrays; the rest, and
the terms, are a snapshot, to which many batches refer.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.terms import Terms, read_terms, terms_record
from services.routing.domain.deciding.waiting import Waiting

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records of terms and of candidates without what changes with every decision, as JSON;
    the id is a digest of them.
    """

    snapshot_id: UUID
    records: str


class Traits(NamedTuple):
    """What of a candidate seldom changes."""

    manager_id: UUID
    capacity_milli: int
    tier: int | None
    skills: Mapping[str, float]
    languages: Sequence[str]
    regions: Sequence[str]
    products: Sequence[str]
    weight_milli: int
    attainment_milli: int | None
    has_left: bool


_traits = itemgetter(*(Candidate._fields.index(name) for name in Traits._fields))


class Figures(NamedTuple):
    """What of the candidates changes with every decision, each in the order of the snapshot.
    `allowances` is None where no inflow limits anybody.
    """

    loads: Sequence[int]
    turns: Sequence[int]
    received: Sequence[int]
    allowances: Sequence[int | None] | None


def figures_of(candidates: Sequence[Candidate]) -> Figures:
    allowances = [candidate.allowance for candidate in candidates]
    return Figures(
        [candidate.reserved_milli for candidate in candidates],
        [candidate.turn for candidate in candidates],
        [candidate.received_milli for candidate in candidates],
        allowances if any(item is not None for item in allowances) else None,
    )


def candidate_record(traits: Traits) -> dict[str, Any]:
    return {**traits._asdict(), "manager_id": str(traits.manager_id)}


class _Pool:
    """Terms and candidates as a key that is quick to hash, as they are compared anyway."""

    __slots__ = ("terms", "traits")

    def __init__(self, terms: Terms, traits: list[Any]) -> None:
        self.terms, self.traits = terms, traits

    def __hash__(self) -> int:
        return hash((self.terms, len(self.traits), self.traits[0][0] if self.traits else None))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Pool) and self.terms == other.terms and self.traits == other.traits
        )


def snapshot_of(candidates: Sequence[Candidate], terms: Terms) -> Snapshot:
    """The snapshot of these candidates; its id does not depend on what changes with decisions."""
    return _snapshot(_Pool(terms, [_traits(candidate) for candidate in candidates]))


# A pool seldom changes between two decisions.
@lru_cache(maxsize=32)
def _snapshot(pool: _Pool) -> Snapshot:
    records = json.dumps(
        {
            "terms": terms_record(pool.terms),
            "candidates": [candidate_record(Traits(*traits)) for traits in pool.traits],
        },
        sort_keys=True,
        ensure_ascii=False,
    )
    return Snapshot(UUID(bytes=hashlib.sha256(records.encode()).digest()[:16]), records)


def terms_of_record(snapshot: Record) -> Terms:
    return read_terms(snapshot["terms"])


def candidates_of(snapshot: Record, figures: Figures) -> list[Candidate]:
    """A snapshot's candidates joined with what changed with one batch."""
    records = snapshot["candidates"]
    allowances = figures.allowances or [None] * len(records)
    rows = zip(records, figures.loads, figures.turns, figures.received, allowances, strict=True)
    return [
        Candidate(
            **{**record, "manager_id": UUID(record["manager_id"])},
            reserved_milli=load,
            turn=turn,
            received_milli=received,
            allowance=allowance,
        )
        for record, load, turn, received, allowance in rows
    ]


def waiting_record(lead: Waiting) -> dict[str, Any]:
    """What is decided by of a lead; what it does not have is left out."""
    optional = {
        "nice_skills": dict(lead.nice_skills),
        "language": lead.language,
        "region": lead.region,
        "product": lead.product,
        "sticky": [str(manager_id) for manager_id in lead.sticky],
        "reach": lead.reach,
    }
    return {
        "units_milli": lead.units_milli,
        "round": lead.round,
        "skills": dict(lead.skills),
        "passed_over": sorted(str(manager_id) for manager_id in lead.passed_over),
        **{name: value for name, value in optional.items() if value},
    }


def waiting_of(lead_id: UUID, record: Record) -> Waiting:
    return Waiting(
        lead_id=lead_id,
        units_milli=record["units_milli"],
        round=record["round"],
        skills=record["skills"],
        nice_skills=record.get("nice_skills", {}),
        language=record.get("language"),
        region=record.get("region"),
        product=record.get("product"),
        passed_over=frozenset(UUID(text) for text in record["passed_over"]),
        sticky=tuple(UUID(text) for text in record.get("sticky", ())),
        reach=record.get("reach", 0),
    )
