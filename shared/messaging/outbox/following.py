"""How far a journal is complete when it is read in the order of its rows' numbers.

A transaction takes its own number early, waits for a stream's lock, and only then numbers its rows:
by row every stream comes in the order of its versions, by transaction it need not.
"""

from collections import deque
from dataclasses import dataclass, field

from shared.database import Session
from shared.messaging.outbox.journal import horizon

_LOOK = """
SELECT coalesce((SELECT max(id) FROM journal), 0) AS last,
    (SELECT CAST(life AS text) FROM producer WHERE one) AS life,
    CAST({horizon} AS text) AS horizon,
    CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS next_transaction
"""


@dataclass(eq=False)
class Frontier:
    """Up to the row `settled` nothing can appear any more, in this `life` of the data; `last` is
    the highest row that was seen. None until a first look has settled.
    """

    settled: int | None = None
    last: int = 0
    life: str = ""
    # (last row, the first transaction that had not begun), in the order of the looks.
    _looks: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def unsettled(self) -> bool:
        """Whether rows are seen below which others may yet appear."""
        return bool(self._looks)

    async def look(self, session: Session) -> None:
        """Whoever had numbered a row below the last that is seen had a transaction's number before
        that one was committed: once all transactions of this look have ended, none is missing.
        """
        row = (await session.execute(_LOOK.format(horizon=horizon()))).one()
        if row.life != self.life:  # another life of the data: what was seen says nothing
            self._looks.clear()
            self.settled, self.last, self.life = None, 0, row.life
        if self.settled is None or row.last > self.last:
            self._looks.append((row.last, int(row.next_transaction)))
        self.last = row.last
        while self._looks and self._looks[0][1] <= int(row.horizon):
            self.settled, _ = self._looks.popleft()
