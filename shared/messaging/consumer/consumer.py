"""Who consumes, through which handler, and by which rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from shared.clock import Clock
from shared.contracts.catalog import consumed_by
from shared.database import Database, Session
from shared.messaging.decoding import ReceivedEvent

# Channels of the wake-up.
HELD = "held"  # a stream holds something


class Handler(Protocol):
    """A service's door for events: `handlers.apply`."""

    def __hash__(self) -> int: ...

    async def __call__(
        self, session: Session, events: Sequence[ReceivedEvent], *, now: datetime
    ) -> None:
        """Apply the events set-wise inside the caller's transaction, in order within each stream.

        Types of no interest are ignored. Raises InvalidError for a fact that can never take effect;
        whatever else it raises is our own fault or an outage.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient and how strict consuming is."""

    drain: int = 100  # held successors that follow in one transaction, per stream
    gap: timedelta = timedelta(seconds=1)  # so long may the fast path bring what is missing
    sweep_seconds: float = 1.0
    failing_streams: int = 20  # so many new ones of a topic within the window; more is our fault
    failing_window: timedelta = timedelta(minutes=10)
    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 5.0


@dataclass(eq=False)
class Consumer:
    """Who consumes: a service's database and its door for events."""

    database: Database
    service: str
    handle: Handler
    clock: Clock
    rules: Rules = field(default_factory=Rules)

    @property
    def topics(self) -> tuple[str, ...]:
        return consumed_by(self.service)
