"""Makes documents of what waits in the queue, so that the consumer never does."""

import time
from collections.abc import Collection, Sequence
from uuid import UUID

from services.history.domain.search.documents import NAMES, Item, document_of
from services.history.domain.search.words import fold, quoted
from services.history.repository import blanking
from services.history.repository.search import documents
from services.history.repository.search.documents import DocumentRow
from shared.database import Database, Session, transaction
from shared.errors import UnavailableError
from shared.messaging.erased import erased_among
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress
from shared.runtime.pace import Pace
from shared.runtime.rush import Patience

INDEXED_AT_ONCE = 200  # of fewer the statements would cost as much as the words
INDEX_SECONDS = 1.0
_STANDING_FOR_THINGS = NAMES | {"campaign", "page", "product", "region", "attachment"}


def index_loop(database: Database) -> Loop:
    """Makes documents a batch at a time, with short pauses while more waits; for the leader."""

    async def run(progress: Progress) -> None:
        patience = Patience(progress, database)
        while True:
            began = time.monotonic()
            try:
                number = await index(database)
                progress.beat()
            except UnavailableError:
                number = 0
                progress.beat(outage="database")
            is_backlog = number == INDEXED_AT_ONCE
            if is_backlog:
                await patience.give_way(began)
            else:
                await patience.rest(INDEX_SECONDS)

    return Loop("search-index", run)


async def index(database: Database) -> int:
    """Take a batch of what waits and make it findable. Returns how many were taken."""
    async with transaction(database) as session:
        # Otherwise a person could be erased between the reading of their words and the writing.
        await blanking.guard_erasure(session)
        ids = await documents.take(session, limit=INDEXED_AT_ONCE)
        if ids:
            await _write(session, await _items(session, ids))
    return len(ids)


async def _items(session: Session, ids: Collection[UUID]) -> Sequence[Item]:
    """Nobody who is erased is searched for, not by what is left of them either."""
    items = await documents.list_items(session, ids)
    contact_ids = {item.contact_id for item in items if item.contact_id is not None}
    erased_ids = await erased_among(session, contact_ids)
    return [item for item in items if item.contact_id not in erased_ids]


async def show_waiting(session: Session) -> None:
    """Set the gauges of what is not findable yet."""
    number, seconds = await documents.get_waiting(session)
    metrics = metrics_of("history")
    metrics.search_waiting.labels("history").set(number)
    metrics.search_wait_seconds.labels("history").set(float(seconds))


async def _write(session: Session, items: Sequence[Item]) -> None:
    rows: list[DocumentRow] = []
    pace = Pace()
    for item in items:
        await pace.breathe()
        row = document_row(item)
        if row.words or row.points:
            rows.append(row)
    await documents.write(session, rows)


def document_row(item: Item) -> DocumentRow:
    """The document of an entry or a report."""
    parts, points = document_of(item)
    tags = [f"kind:{item.kind}", *([f"channel:{item.channel}"] if item.channel else [])]
    texts = [(part.label, " ".join(fold(part.text).split())) for part in parts]
    return DocumentRow(
        document_id=item.document_id,
        at=item.at,
        subject_id=item.subject_id,
        points=" ".join(map(quoted, points)),
        tags=" ".join(map(quoted, tags)),
        names=" ".join(text for label, text in texts if label in NAMES),
        labels=" ".join(text for label, text in texts if label in _STANDING_FOR_THINGS),
        words=" ".join(text for _, text in texts),
    )
