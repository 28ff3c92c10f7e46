"""The timers' heartbeat. Absences are measured by the database's clock, the same for every host."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.database import Session

ABSENCE = timedelta(seconds=30)
# Part of the statements that look for room: null until the timers have run for the first time.
SILENCE = "(SELECT clock_timestamp() - beat_at FROM heartbeat)"

_BEAT = """
INSERT INTO heartbeat AS h (id, beat_at, clock_at) VALUES (1, clock_timestamp(), :now)
ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at, clock_at = excluded.clock_at
RETURNING clock_timestamp() - old.beat_at AS silence, old.clock_at
"""


@dataclass(frozen=True, slots=True)
class LastBeat:
    """`silence` is measured by the database's clock; `clock_at` is the timers' own clock then."""

    silence: timedelta
    clock_at: datetime


def is_watched(silence: timedelta | None) -> bool:
    """Whether the timers run, so that the terms of assignments are kept."""
    return silence is not None and silence <= ABSENCE


async def beat(session: Session, *, now: datetime) -> LastBeat | None:
    """Write a heartbeat. Returns the one before it, if there is one."""
    row = (await session.execute(_BEAT, {"now": now})).one()
    return None if row.clock_at is None else LastBeat(row.silence, row.clock_at)
