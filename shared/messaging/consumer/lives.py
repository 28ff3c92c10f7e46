"""Records of another life of their producer's data are skipped: catch-up brings the valid ones.

After a restore, or a switch between logs, an older record may have a version that another event
has by now.
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

    async def living(self, records: Sequence[Received]) -> Sequence[Received]:
        """The records without those of other lives. Raises UnavailableError."""
        if not any(_life(item) for item in records):
            return records
        if time.monotonic() - self.looked_at > FRESH_SECONDS:
            async with reading(self.database) as session:
                rows = await session.execute(_LIVES)
            self.lives = {row.topic: row.life for row in rows}
            self.looked_at = time.monotonic()
        living = [
            item for item in records if same_life(_life(item), self.lives.get(topic_of(item)))
        ]
        _count(self.database.service, records, living)
        return living


def _life(item: Received) -> str | None:
    return None if isinstance(item, Unreadable) else item.envelope.life


def same_life(record_life: str | None, life: str | None) -> bool:
    """Whether a record may be of the life that we know; an unknown life may be the same."""
    return record_life is None or life is None or record_life == life


def _count(service: str, records: Sequence[Received], living: Sequence[Received]) -> None:
    skips = Counter(map(topic_of, records))
    skips.subtract(map(topic_of, living))
    for topic, number in (+skips).items():
        metrics_of(service).consumed.labels(service, topic, "other_life").inc(number)
