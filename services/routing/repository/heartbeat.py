"""The timers' heartbeat, by the database's clock: all of us see the same absence."""

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
    """`silence` by the database's clock; `clock_at` what the timers' own clock showed then."""

    silence: timedelta
    clock_at: datetime


def is_watched(silence: timedelta | None) -> bool:
    """Whether somebody keeps the terms of assignments."""
    return silence is not None and silence <= ABSENCE


async def beat(session: Session, *, now: datetime) -> LastBeat | None:
    """Leave a sign of life; gives the last one before it."""
    row = (await session.execute(_BEAT, {"now": now})).one()
    return None if row.clock_at is None else LastBeat(row.silence, row.clock_at)
