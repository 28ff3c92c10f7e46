"""The watch over the sources: their arrivals are counted, and their silence is judged.

Our own outages are nobody's silence: after one, a source's silence counts from when we were back.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from services.intake.domain.times import zone
from services.intake.domain.watch import (
    PAST,
    Profile,
    SourceHealth,
    Verdict,
    expected_number,
    full_hour,
    judge,
    profile_of,
)
from services.intake.repository import watch as rows
from services.intake.repository.watch import Judgement
from shared.clock import Clock
from shared.database import Database, Row, Session, reading, transaction
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
WATCH_SECONDS: Final = 60.0
GAP: Final = timedelta(minutes=5)  # between two rounds, from which it was an outage of ours
LATE: Final = timedelta(seconds=10)  # until a submission with an older id is surely committed
FIRST_LOOK: Final = timedelta(days=1)  # of what came before the first round
ALARMS: Final = (SourceHealth.SILENT, SourceHealth.REFUSED)


@dataclass(eq=False)
class Watch:
    """The profiles by source, learned anew each hour."""

    database: Database
    clock: Clock
    profiles: dict[UUID, Profile | None] = field(default_factory=dict)
    learned_hour: datetime | None = None

    async def look(self) -> Counter[SourceHealth]:
        """One round: count what came, then judge each source. Returns how many are in each state.

        Raises UnavailableError.
        """
        now = self.clock()
        watched_since = await self._count(now)
        async with reading(self.database) as session:
            sources = await rows.list_watched(session)
            if self.learned_hour != full_hour(now):
                await self._learn(session, sources, now=now)
        verdicts = {
            row.source_id: self._verdict(row, watched_since=watched_since, now=now)
            for row in sources
        }
        await self._write(sources, verdicts, now=now)
        return Counter(verdict.health for verdict in verdicts.values())

    async def _count(self, now: datetime) -> datetime:
        """Count what came since the last round. Returns since when no round was missed."""
        until = now - LATE
        async with transaction(self.database) as session:
            state = await rows.find_state(session)
            after = until - FIRST_LOOK if state is None else state.counted_until
            watched_since: datetime = now
            if state is not None and until - after < GAP:
                watched_since = state.watched_since
            await rows.count_arrivals(
                session, after=after, until=max(after, until), watched_since=watched_since
            )
        return watched_since

    async def _learn(self, session: Session, sources: list[Row], *, now: datetime) -> None:
        hours = await rows.list_hours(session, since=full_hour(now - PAST))
        self.profiles = {
            row.source_id: profile_of(
                hours.get(row.source_id, {}),
                first_at=row.first_at,
                now=now,
                zone=zone(row.time_zone),
            )
            for row in sources
            if row.first_at is not None
        }
        self.learned_hour = full_hour(now)

    def _verdict(self, row: Row, *, watched_since: datetime, now: datetime) -> Verdict:
        if not row.enabled:
            return Verdict(SourceHealth.DISABLED, 0.0)
        profile = self.profiles.get(row.source_id)
        expected = 0.0
        if profile is not None and row.last_at is not None:
            since = max(row.last_at, watched_since)
            expected = expected_number(profile, since=since, until=now, zone=zone(row.time_zone))
        return judge(profile, expected=expected, refusals=row.refusals)

    async def _write(
        self, sources: list[Row], verdicts: dict[UUID, Verdict], *, now: datetime
    ) -> None:
        judgements = []
        for row in sources:
            verdict, profile = verdicts[row.source_id], self.profiles.get(row.source_id)
            judgements.append(
                Judgement(
                    row.source_id,
                    verdict.health,
                    verdict.expected,
                    None if profile is None else profile.a_week,
                )
            )
            if verdict.health != row.health and verdict.health in ALARMS:
                log.warning("source.alarm", source_id=str(row.source_id), reason=verdict.health)
        async with transaction(self.database) as session:
            await rows.write_judgements(
                session, judgements, now=now, forget_before=full_hour(now - PAST)
            )


def watch_loop(database: Database, *, clock: Clock) -> Loop:
    """Looks every minute and sets the gauge of the sources by their health."""

    async def run(progress: Progress) -> None:
        watch = Watch(database, clock)
        while True:
            counts = await watch.look()
            for health in SourceHealth:
                metrics_of("intake").sources.labels("intake", health).set(counts[health])
            await progress.rest(WATCH_SECONDS)

    return Loop("source-watch", run)
