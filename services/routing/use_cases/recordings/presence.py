"""Who was at work when, as it was recorded: statuses from the journal, duty from the calendars."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.calendars.resolving import resolve
from services.routing.domain.simulation.scenario import Presence, Span
from services.routing.use_cases.calendars.timetables import timetables
from services.routing.use_cases.recordings.leads import Recording
from shared.database import Row, Session

OFF, SHIFT = "off", "shift"
BEFORE_ANY = "offline"  # the status of a new manager


class DutySpan(NamedTuple):
    """From `begin` up to `end`, microseconds from the recording's beginning, of that duty."""

    begin: int
    end: int
    duty: str


FOREVER = 1 << 62
ALWAYS = (DutySpan(0, FOREVER, SHIFT),)


async def list_duties(
    session: Session, recording: Recording, end: datetime
) -> dict[UUID, list[DutySpan]]:
    """The duty of every manager who has a calendar, as the calendars are now."""
    by_manager = await timetables(session, list(recording.places), now=recording.begin)
    return {
        manager_id: [
            DutySpan(recording.at(item.start), recording.at(item.end), item.kind)
            for item in resolve(timetable, recording.begin, end)
        ]
        for manager_id, timetable in by_manager.items()
        if timetable.calendar is not None
    }


def presences(
    managers: Sequence[Row],
    statuses: Sequence[Row],
    duties: Mapping[UUID, Sequence[DutySpan]],
    recording: Recording,
) -> list[Presence]:
    """Every change of a status or a duty, in order of time. Whoever has no recorded status has the
    one of now; whoever has no calendar is always on shift.
    """
    recorded: dict[UUID, list[tuple[int, str]]] = {}
    for row in statuses:
        recorded.setdefault(row.manager_id, []).append((max(0, recording.at(row.at)), row.status))
    changes = {
        row.manager_id: [(0, BEFORE_ANY), *recorded[row.manager_id]]
        if row.manager_id in recorded
        else [(0, row.status)]
        for row in managers
    }
    all_of_them = [
        presence
        for manager_id, line in changes.items()
        for presence in _presences(
            recording.places[manager_id], line, duties.get(manager_id, ALWAYS)
        )
    ]
    return sorted(all_of_them, key=lambda item: item.at)


def _presences(
    place: int, statuses: Sequence[tuple[int, str]], duties: Sequence[DutySpan]
) -> Iterator[Presence]:
    moments = {0} | {at for at, _ in statuses}
    edges = {max(0, edge) for span in duties for edge in (span.begin, span.end)}
    moments |= edges - {FOREVER}
    times = [at for at, _ in statuses]
    begins = [span.begin for span in duties]
    former: tuple[str, str] | None = None
    for at in sorted(moments):
        status = statuses[max(0, bisect_right(times, at) - 1)][1]
        near = bisect_right(begins, at) - 1
        duty = duties[near].duty if near >= 0 and at < duties[near].end else OFF
        if (duty, status) != former:
            former = duty, status
            yield Presence(at, place, duty, status)


def shifts(duties: Sequence[DutySpan] | None) -> tuple[Span, ...] | None:
    """The working time by which terms run; None for whoever has no calendar."""
    if duties is None:
        return None
    return tuple((span.begin, span.end) for span in duties if span.duty == SHIFT)
