"""Settling readings, and deciding whose fault an error is.

Invariant: a submission is blamed only if it cannot be read, or if its data cannot be written. Any
other error is our own fault: it is logged, and the submission is tried again after a pause.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from services.intake.domain.states import QuarantineReason
from services.intake.repository import queue, submissions
from services.intake.use_cases.failures import OURS_IN_A_ROW, Failures, TooManyFailuresError
from services.intake.use_cases.interpret import Reader, Reading
from services.intake.use_cases.normalise import set_aside, settle_readings
from services.intake.use_cases.source_views import Loaded, SourceViews
from shared.clock import Clock
from shared.database import Database, reading, sqlstate, transaction
from shared.errors import Kind, ServiceError
from shared.observability.metrics import metrics_of
from shared.runtime.in_flight import InFlight

log = structlog.get_logger()
POLL_SECONDS: Final = 1.0
NOBODY: Final = UUID(int=0)
SET_APART: Final = "submissions_apart"  # a wake-up's channel: something waits for the process apart


@dataclass(eq=False)
class Normaliser:
    """The parts that both loops of the normaliser share."""

    database: Database
    reader: Reader
    clock: Clock
    failures: Failures = field(default_factory=Failures)
    sources: SourceViews = field(default_factory=SourceViews)


async def load(normaliser: Normaliser, ids: Sequence[UUID]) -> list[Loaded]:
    """Those that are still pending, with their bodies, each with its source."""
    async with reading(normaliser.database) as session:
        items = await submissions.list_pending_by_id(session, ids)
        return await normaliser.sources.load(session, items)


async def move_back(normaliser: Normaliser, ids: Iterable[UUID], *, lane: int) -> None:
    async with transaction(normaliser.database) as session:
        await queue.move_submissions(session, list(ids), lane=lane)
        session.notify_after_commit(SET_APART)


async def settle(normaliser: Normaliser, in_flight: InFlight, readings: Sequence[Reading]) -> int:
    """Settle the readings in one transaction. Returns how many were settled."""
    readable = _without_own_faults(normaliser.failures, readings)
    count = await settle_readings(
        normaliser.database, readable, now=normaliser.clock(), in_flight=in_flight
    )
    if count:
        normaliser.failures.succeeded()
    return count


def _without_own_faults(failures: Failures, readings: Sequence[Reading]) -> Sequence[Reading]:
    """The readings; without the failed ones, which rest, if these are so many that we must be
    at fault.
    """
    stumbles = [
        reading for reading in readings if reading.content.quarantined is QuarantineReason.FAILED
    ]
    if failures.may_blame_senders(readings=len(readings), failures=len(stumbles)):
        return readings
    log.error("normaliser.too_many_failures", items=len(stumbles))
    for stumble in stumbles:
        failures.postpone(stumble.submission_id)
    return [
        reading
        for reading in readings
        if reading.content.quarantined is not QuarantineReason.FAILED
    ]


@dataclass(eq=False)
class SubmissionWork:
    """See `BatchWork`; the items are submissions, `settle_some` reads and settles some of them."""

    normaliser: Normaliser
    in_flight: InFlight
    settle_some: Callable[[Sequence[UUID]], Awaitable[None]]

    def name(self, item: UUID) -> str:
        return str(item)

    async def together(self, items: Sequence[UUID]) -> None:
        await self.settle_some(items)

    async def alone(self, item: UUID) -> None:
        await self.settle_some([item])

    def is_poison(self, error: Exception) -> bool:
        return is_fault_of_content(error)

    async def set_aside(self, item: UUID, reason: str, error: Exception | None) -> None:
        now = self.normaliser.clock()
        too_large = isinstance(error, ServiceError)
        cause = QuarantineReason.TOO_LARGE if too_large else QuarantineReason(reason)
        await set_aside(self.normaliser.database, item, cause, now=now, in_flight=self.in_flight)

    async def fault(self, item: UUID, error: Exception) -> None:
        _our_fault(self.normaliser, item, error)


def is_fault_of_content(error: BaseException) -> bool:
    """Whether the data of a submission cannot be written, or are too large for an event."""
    if isinstance(error, ServiceError):
        return error.kind is Kind.TOO_LARGE
    return (sqlstate(error) or "").startswith(("22", "23"))


def _our_fault(normaliser: Normaliser, submission_id: UUID, error: Exception) -> None:
    """Log the error; the submission stays pending and rests.

    Raises TooManyFailuresError after OURS_IN_A_ROW faults without a success.
    """
    name, service = type(error).__name__, normaliser.database.service
    log.error("normaliser.fault", submission_id=str(submission_id), error=name)
    metrics_of(service).faults.labels(service, "normaliser").inc()
    normaliser.failures.add_own_fault(submission_id)
    if normaliser.failures.ours_in_a_row >= OURS_IN_A_ROW:
        normaliser.failures.ours_in_a_row = 0
        raise TooManyFailuresError("Nothing can be settled: the fault is ours.")
