"""What a handler is given: events that are fresh, each exactly once, in stream order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.contracts.envelope import Envelope, Event
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Heard:
    envelope: Envelope
    event: Event


class Apply(Protocol):
    """A service's door for events: `handlers.apply`."""

    async def __call__(self, session: Session, heard: Sequence[Heard], *, now: datetime) -> None:
        """Apply the batch set-wise inside the caller's transaction, in order within each stream.

        Types of no interest are ignored. Raises InvalidError for a fact that can never take effect;
        whatever else it raises is our own fault or an outage.
        """
        ...
