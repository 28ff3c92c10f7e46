"""How far a journal is complete when it is read in the order of its rows' numbers.

A transaction takes its own number early, waits for a stream's lock, and only then numbers its rows:
by row every stream comes in the order of its versions, by transaction it need not.
"""

from collections import deque
from dataclasses import dataclass, field

from shared.database import Session
from shared.messaging.outbox.journal import horizon

# Only a number of one's own is above all that have been given: a snapshot knows of none above the
# last that has ended.
_LOOK = """
SELECT last, (SELECT CAST(life AS text) FROM producer WHERE one) AS life,
    CAST({horizon} AS text) AS horizon,
    CASE WHEN last > :last THEN CAST(pg_current_xact_id() AS text) END AS fence
FROM (SELECT coalesce(max(id), 0) AS last FROM journal) AS newest
"""


@dataclass(eq=False)
class Frontier:
    """Up to the row `settled` nothing can appear any more, in this `life` of the data; `last` is
    the highest row that was seen. None until a first look has settled.
    """

    settled: int | None = None
    last: int = 0
    life: str = ""
    # (last row, a transaction's number above all given before), in the order of the looks.
    _looks: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def unsettled(self) -> bool:
        """Whether rows are seen below which others may yet appear."""
        return bool(self._looks)

    async def look(self, session: Session) -> None:
        """Whoever numbered a row below the last that is seen had a transaction's number before that
        one was committed, below the look's own: once those have ended, none is missing.
        """
        last = -1 if self.settled is None and not self._looks else self.last
        row = (await session.execute(_LOOK.format(horizon=horizon()), {"last": last})).one()
        if row.life != self.life:  # another life of the data: what was seen says nothing
            self._looks.clear()
            self.settled, self.last, self.life = None, 0, row.life
        if row.fence is not None:
            self._looks.append((row.last, int(row.fence)))
        self.last = row.last
        while self._looks and self._looks[0][1] < int(row.horizon):
            self.settled, _ = self._looks.popleft()
