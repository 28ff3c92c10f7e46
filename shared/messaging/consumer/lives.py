"""Records of another life of their producer's data are passed over: what counts, catch-up brings.

After a restore, or a switch between logs, older records may tell of versions that have since been
given to other events.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.database import Database, reading
from shared.messaging.decoding import Received, Unreadable, topic_of
from shared.observability.metrics import metrics_of

FRESH_SECONDS = 1.0

# A cursor at its very beginning has learned nothing yet.
_LIVES = """
SELECT topic, CAST(life AS text) AS life FROM journal_cursor
WHERE xid <> '0' OR walked_at IS NOT NULL
"""


@dataclass(eq=False)
class Lives:
    """In which life our cursors know each topic; looked up once a second at most."""

    database: Database
    lives: Mapping[str, str] = field(default_factory=dict)
    looked_at: float = float("-inf")

    async def living(self, received: Sequence[Received]) -> Sequence[Received]:
        """Without those of other lives. Raises UnavailableError."""
        if not any(_life(item) for item in received):
            return received
        if time.monotonic() - self.looked_at > FRESH_SECONDS:
            async with reading(self.database) as session:
                rows = await session.execute(_LIVES)
            self.lives = {row.topic: row.life for row in rows}
            self.looked_at = time.monotonic()
        living = [
            item for item in received if same_life(_life(item), self.lives.get(topic_of(item)))
        ]
        _count(self.database.service, received, living)
        return living


def _life(item: Received) -> str | None:
    return None if isinstance(item, Unreadable) else item.envelope.life


def same_life(told: str | None, life: str | None) -> bool:
    """Whether a record may be of the life that we know; unknown is no other."""
    return told is None or life is None or told == life


def _count(service: str, received: Sequence[Received], living: Sequence[Received]) -> None:
    passed = Counter(map(topic_of, received))
    passed.subtract(map(topic_of, living))
    for topic, number in (+passed).items():
        metrics_of(service).consumed.labels(service, topic, "other_life").inc(number)
