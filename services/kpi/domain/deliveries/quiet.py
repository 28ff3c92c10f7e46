"""Quiet hours of those who are told: what is raised then waits until they end."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
MOST_STEPS = 16  # more edges than a week of quiet nights and weekends has


@dataclass(frozen=True, slots=True)
class Quiet:
    """Every night from `begins` to `ends` by the clock of `zone`, both None for no quiet hours;
    with `weekends` the whole of Saturday and Sunday too.
    """

    zone: ZoneInfo
    begins: time | None = None
    ends: time | None = None
    weekends: bool = False

    def ends_after(self, now: datetime) -> datetime:
        """The first moment, in UTC, from `now` on at which it is not quiet."""
        moment = now
        for _ in range(MOST_STEPS):
            until = self._edge(moment.astimezone(self.zone))
            if until is None or until <= moment:
                return moment
            moment = until
        return moment

    def _edge(self, local: datetime) -> datetime | None:
        """When the quiet stretch around a local time ends; None if there is none."""
        if self.weekends and local.weekday() >= SATURDAY:
            return self._at(local, days=1, clock=time())
        if self.begins is None or self.ends is None or self.begins == self.ends:
            return None
        clock = local.time()
        if self.begins < self.ends:
            is_quiet = self.begins <= clock < self.ends
            return self._at(local, days=0, clock=self.ends) if is_quiet else None
        if clock >= self.begins:
            return self._at(local, days=1, clock=self.ends)
        return self._at(local, days=0, clock=self.ends) if clock < self.ends else None

    def _at(self, local: datetime, *, days: int, clock: time) -> datetime:
        day = local.date() + timedelta(days=days)
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)
