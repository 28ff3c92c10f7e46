"""Rows of departures: managers who leave the company, and how far their leads are moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from services.routing.domain.departures import Departure, Destination, State
from shared.database import Row, Session

_COLUMNS = ", ".join(item.name for item in fields(Departure))
_FIND = f"""
SELECT {_COLUMNS} FROM departure WHERE manager_id = :manager_id
ORDER BY departure_id DESC LIMIT 1
"""
_LOCK = f"SELECT {_COLUMNS} FROM departure WHERE departure_id = :departure_id FOR UPDATE"
_CREATE = f"""
INSERT INTO departure (departure_id, manager_id, destination, successor_id, reason, actor, state,
    pools, supervises, leads, at)
SELECT CAST(:departure_id AS uuid), CAST(:manager_id AS uuid), :destination,
    CAST(:successor_id AS uuid), :reason, :actor, '{State.MOVING}', CAST(:pools AS text[]),
    CAST(:supervises AS text[]), count(*), CAST(:now AS timestamptz)
FROM assignment WHERE manager_id = CAST(:manager_id AS uuid) AND ended_at IS NULL
"""
_CHANGE = """
UPDATE departure SET state = :state, destination = coalesce(:destination, destination),
    successor_id = CASE WHEN CAST(:destination AS text) IS NULL THEN successor_id
        ELSE CAST(:successor_id AS uuid) END,
    ended_at = :ended_at, undone_at = coalesce(:undone_at, undone_at)
WHERE departure_id = :departure_id
"""
_COUNT = """
UPDATE departure SET moved = moved + :moved, merged = merged + :merged,
    without_room = without_room + :without_room, given_back = given_back + :given_back,
    kept = kept + :kept
WHERE departure_id = :departure_id
"""
_RUNNING = """
SELECT departure_id FROM departure WHERE state IN ('moving', 'giving_back') ORDER BY departure_id
"""
_LOCK_SUPERVISED = """
SELECT key FROM pool WHERE CAST(:manager_id AS uuid) = ANY(supervisor_ids)
ORDER BY key FOR NO KEY UPDATE
"""
_LIST_SUPERVISED = """
SELECT key, cardinality(supervisor_ids) = 1 AS alone FROM pool
WHERE CAST(:manager_id AS uuid) = ANY(supervisor_ids) ORDER BY key
"""
_SUPERVISE_NO_MORE = """
UPDATE pool SET supervisor_ids = array_remove(supervisor_ids, CAST(:manager_id AS uuid))
WHERE key = ANY(CAST(:pools AS text[]))
"""
_SUPERVISE = """
UPDATE pool SET supervisor_ids = supervisor_ids || CAST(:manager_id AS uuid)
WHERE key = ANY(CAST(:pools AS text[])) AND CAST(:manager_id AS uuid) <> ALL(supervisor_ids)
"""
_LEAVE = """
UPDATE manager SET left_at = :now, status = 'offline', status_until = NULL,
    status_since = CASE WHEN status = 'offline' THEN status_since ELSE CAST(:now AS timestamptz) END
WHERE manager_id = :manager_id
"""
_COME_BACK = "UPDATE manager SET left_at = NULL WHERE manager_id = :manager_id"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a batch adds to a departure's counts."""

    moved: int = 0
    merged: int = 0
    without_room: int = 0
    given_back: int = 0
    kept: int = 0


def _as_departure(row: Row) -> Departure:
    values = dict(row)
    return Departure(
        **{
            **values,
            "destination": Destination(values["destination"]),
            "state": State(values["state"]),
            "pools": tuple(values["pools"]),
            "supervises": tuple(values["supervises"]),
        }
    )


async def find_departure(session: Session, manager_id: UUID) -> Departure | None:
    """The manager's last departure."""
    row = (await session.execute(_FIND, {"manager_id": manager_id})).first()
    return None if row is None else _as_departure(row)


async def lock_departure(session: Session, departure_id: UUID) -> Departure:
    row = (await session.execute(_LOCK, {"departure_id": departure_id})).one()
    return _as_departure(row)


async def create_departure(
    session: Session, departure_id: UUID, values: Mapping[str, object], *, now: datetime
) -> None:
    """Begin a departure; it counts the leads that the manager owns."""
    params = {"departure_id": departure_id, **values, "now": now}
    await session.execute(_CREATE, params)


async def change_state(
    session: Session,
    departure: Departure,
    state: State,
    *,
    ended_at: datetime | None = None,
    undone_at: datetime | None = None,
    destination: Destination | None = None,
    successor_id: UUID | None = None,
) -> None:
    """Move on to a state; with `destination` also to another plan."""
    await session.execute(
        _CHANGE,
        {
            "departure_id": departure.departure_id,
            "state": state,
            "ended_at": ended_at,
            "undone_at": undone_at,
            "destination": destination,
            "successor_id": successor_id,
        },
    )


async def count(session: Session, departure_id: UUID, counts: Counts) -> None:
    values = {item.name: getattr(counts, item.name) for item in fields(Counts)}
    await session.execute(_COUNT, {"departure_id": departure_id, **values})


async def list_running(session: Session) -> list[UUID]:
    return [row.departure_id for row in await session.execute(_RUNNING)]


async def lock_supervised(session: Session, manager_id: UUID) -> list[str]:
    """Lock and return the pools that the manager supervises. Pools are locked before managers."""
    return [row.key for row in await session.execute(_LOCK_SUPERVISED, {"manager_id": manager_id})]


async def list_supervised(session: Session, manager_id: UUID) -> dict[str, bool]:
    """The pools that the manager supervises, and whether nobody else does."""
    rows = await session.execute(_LIST_SUPERVISED, {"manager_id": manager_id})
    return {row.key: row.alone for row in rows}


async def set_supervising(
    session: Session, manager_id: UUID, pools: Sequence[str], *, supervises: bool
) -> None:
    statement = _SUPERVISE if supervises else _SUPERVISE_NO_MORE
    await session.execute(statement, {"manager_id": manager_id, "pools": list(pools)})


async def mark_left(session: Session, manager_id: UUID, *, now: datetime) -> None:
    await session.execute(_LEAVE, {"manager_id": manager_id, "now": now})


async def mark_back(session: Session, manager_id: UUID) -> None:
    await session.execute(_COME_BACK, {"manager_id": manager_id})
