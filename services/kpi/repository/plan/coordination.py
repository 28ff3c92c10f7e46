"""Records of coordination, and what was changed of each."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update

from services.kpi.domain.plan.bridge import Bridge
from services.kpi.domain.plan.coordination import State, Steps
from services.kpi.domain.plan.nodes import Measure
from services.kpi.tables.coordination import coordination, coordination_change
from shared.database import Row, Session
from shared.errors import NotFoundError

_STEPS: Final = ("state", "cause", "action", "owner", "due", "result")
_OF_RECORD: Final = (
    "coordination_id", "plan_id", "number", "measure", "month", "planned", "fact", "origin",
    "opened_at", "opened_by",
)  # fmt: skip
_ADD: Final = """
INSERT INTO coordination (coordination_id, plan_id, number, measure, month, cut, cut_digest,
    planned, fact, bridge, origin, opened_at, opened_by, version, state, cause, action, owner, due)
VALUES (:coordination_id, :plan_id, :number, :measure, :month, CAST(:cut AS jsonb), :cut_digest,
    :planned, :fact, CAST(:bridge AS jsonb), :origin, :opened_at, :opened_by, 1, :state, :cause,
    :action, :owner, :due)
ON CONFLICT (plan_id, measure, month, cut_digest) DO NOTHING RETURNING coordination_id
"""
_KNOWN: Final = """
SELECT cut_digest FROM coordination
WHERE plan_id = :plan_id AND measure = :measure AND month = :month
"""
_FIND: Final = """
SELECT coordination_id FROM coordination WHERE plan_id = :plan_id AND measure = :measure
    AND month = :month AND cut_digest = :cut_digest
"""
_COUNT: Final = "SELECT count(*) FROM coordination WHERE plan_id = :plan_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A cut in a month, by the names of its values; what was planned and came, in the smallest
    unit, and the bridge between them, as they were when it was opened: by the `watch` or by `hand`.
    """

    coordination_id: UUID
    plan_id: UUID
    number: int
    measure: Measure
    month: date
    cut: Mapping[str, str]
    planned: int
    fact: int
    bridge: Bridge
    origin: str
    opened_at: datetime
    opened_by: str
    version: int
    steps: Steps


@dataclass(frozen=True, slots=True)
class Change:
    """`version` is the record's after it."""

    version: int
    steps: Steps
    reason: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """`due_before`: only what still has to be done, and should have been before that day."""

    plan_id: UUID | None = None
    state: State | None = None
    month: date | None = None
    owner: str | None = None
    due_before: date | None = None


def digest_of(cut: Mapping[str, str]) -> bytes:
    """By it a cut is known, however long its values are."""
    return hashlib.sha256(json.dumps(dict(cut), sort_keys=True).encode()).digest()


async def add_record(session: Session, item: Record) -> bool:
    """False if the cut has one in that month already."""
    params = {
        **{name: getattr(item, name) for name in _OF_RECORD},
        "cut": json.dumps(dict(item.cut)),
        "cut_digest": digest_of(item.cut),
        "bridge": json.dumps(item.bridge._asdict()),
        **{name: value for name, value in asdict(item.steps).items() if name != "result"},
    }
    return bool(await session.execute(_ADD, params))


async def list_known(session: Session, plan_id: UUID, measure: Measure, month: date) -> set[bytes]:
    """The digests of the cuts that have a record in that month."""
    params = {"plan_id": plan_id, "measure": measure, "month": month}
    return {row.cut_digest for row in await session.execute(_KNOWN, params)}


async def find_record(
    session: Session, plan_id: UUID, measure: Measure, month: date, cut: Mapping[str, str]
) -> UUID | None:
    """The record of a cut in a month."""
    params = {"plan_id": plan_id, "measure": measure, "month": month, "cut_digest": digest_of(cut)}
    row = (await session.execute(_FIND, params)).first()
    return None if row is None else row.coordination_id


async def count_records(session: Session, plan_id: UUID) -> int:
    return int(await session.scalar(_COUNT, {"plan_id": plan_id}))


async def get_record(session: Session, coordination_id: UUID, *, lock: bool = False) -> Record:
    """Raises NotFoundError."""
    query = select(coordination).where(coordination.c.coordination_id == coordination_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFoundError("There is no such record.")
    return _record(row)


async def list_records(
    session: Session, criteria: RecordFilter, *, before: UUID | None, limit: int
) -> list[Record]:
    """Newest id first, one more than `limit`."""
    table = coordination.c
    query = select(coordination).order_by(table.coordination_id.desc()).limit(limit + 1)
    for name in ("plan_id", "state", "month", "owner"):
        value = getattr(criteria, name)
        if value is not None:
            query = query.where(table[name] == value)
    if criteria.due_before is not None:
        query = query.where(table.due < criteria.due_before, table.state.in_(["open", "agreed"]))
    if before is not None:
        query = query.where(table.coordination_id < before)
    return [_record(row) for row in await session.execute(query)]


async def change_record(session: Session, item: Record) -> None:
    values = {name: getattr(item.steps, name) for name in _STEPS} | {"version": item.version}
    place = coordination.c.coordination_id == item.coordination_id
    await session.execute(update(coordination).where(place).values(values))


async def add_change(session: Session, coordination_id: UUID, item: Change) -> None:
    values = {
        "coordination_id": coordination_id,
        "version": item.version,
        **asdict(item.steps),
        "reason": item.reason,
        "made_at": item.made_at,
        "made_by": item.made_by,
    }
    await session.execute(insert(coordination_change).values(values))


async def list_changes(session: Session, coordination_id: UUID) -> Sequence[Change]:
    """The latest first."""
    query = (
        select(coordination_change)
        .where(coordination_change.c.coordination_id == coordination_id)
        .order_by(coordination_change.c.version.desc())
    )
    return [
        Change(row.version, _steps(row), row.reason, row.made_at, row.made_by)
        for row in await session.execute(query)
    ]


def _steps(row: Row) -> Steps:
    return Steps(**{name: row[name] for name in _STEPS})


def _record(row: Row) -> Record:
    members: dict[str, Any] = {name: row[name] for name in _OF_RECORD}
    members |= {"planned": int(row.planned), "fact": int(row.fact)}
    return Record(
        **members,
        cut=row.cut,
        bridge=Bridge(**row.bridge),
        version=row.version,
        steps=_steps(row),
    )
