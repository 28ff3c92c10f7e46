"""Exports the members of a segment as a table, page by page: nothing is held whole in memory.

Whoever waits sees how far it is (`segment_export`), and may end it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import SpooledTemporaryFile
from uuid import UUID

from services.history.domain.labels import FieldDefinition
from services.history.domain.segments.export import SHEET, cells, heading
from services.history.repository.cards import persons
from services.history.repository.cards.cards import Card
from services.history.repository.cards.definitions import list_field_definitions
from services.history.repository.segments import exports, segments
from services.history.repository.segments.exports import SegmentExport
from shared.clock import Clock
from shared.database import Database, Session, reading, transaction
from shared.errors import BusyError, ConflictError, TooLargeError, UnavailableError
from shared.ids import new_id
from shared.spreadsheets import BOM, XlsxFile, csv_lines

MAX_IN_CSV = 1_000_000  # persons of one export
MAX_IN_XLSX = 200_000  # a workbook is written whole before its first byte leaves
MAX_AT_ONCE = 4  # exports that are being written
RETRY_AFTER_SECONDS = 30
_AT_ONCE = 500
_NOTED_EVERY = 1.0  # seconds
_MEMORY_BYTES = 1_048_576  # of a workbook; a larger one lies on disk
_PIECE_BYTES = 262_144


# Notes that these contacts are taken away.
Notice = Callable[[Sequence[UUID]], Awaitable[None]]


class TooManyToExportError(TooLargeError):
    """The segment has more members than one table takes."""


class ExportsBusyError(BusyError):
    """As many exports are being written as may be at once."""


class ExportCancelledError(ConflictError):
    """Somebody has ended the export: what was sent of it is not whole."""

    def __init__(self) -> None:
        super().__init__("The export was ended.")


@dataclass(eq=False)
class _Progress:
    """How many persons have been written, and when that was last noted."""

    database: Database
    export_id: UUID
    clock: Clock
    notice: Notice
    language: str | None = None
    persons: int = 0
    noted_at: datetime | None = field(default=None)

    async def noticed(self, page: Sequence[Card]) -> None:
        """Whose data leave with this page, before it leaves. Raises UnavailableError."""
        await self.notice(contacts_of(page))

    async def moved(self, number: int) -> None:
        """So many more are written. Raises ExportCancelledError if it is to end."""
        self.persons += number
        now = self.clock()
        if self.noted_at is None or (now - self.noted_at).total_seconds() >= _NOTED_EVERY:
            self.noted_at = now
            if await self.note("running") == "cancelled":
                raise ExportCancelledError

    async def note(self, state: str) -> str:
        async with transaction(self.database) as session:
            return await exports.note_export(
                session, self.export_id, persons=self.persons, state=state, now=self.clock()
            )


async def begin_export(
    session: Session, segment_id: UUID, *, form: str, actor: str, now: datetime
) -> SegmentExport:
    """Raises NotFoundError, TooManyToExportError, ExportsBusyError."""
    segment = await segments.get_segment(session, segment_id)
    most = MAX_IN_CSV if form == "csv" else MAX_IN_XLSX
    if segment.member_count > most:
        raise TooManyToExportError(
            f"An export as {form} has at most {most} persons.",
            errors=[("/format", f"the segment has {segment.member_count} members")],
        )
    if await exports.count_moving(session, now=now) >= MAX_AT_ONCE:
        raise ExportsBusyError(
            f"{MAX_AT_ONCE} exports are being written already.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
    return await exports.add_export(
        session, new_id(), segment_id, form=form, actor=actor, of=segment.member_count, now=now
    )


async def pieces(
    database: Database,
    started: SegmentExport,
    *,
    clock: Clock,
    notice: Notice,
    language: str | None = None,
) -> AsyncIterator[bytes]:
    """The table in pieces, its heading in words of the language, or without one as members are
    named; `notice` is told of each page before it leaves. Raises
    ExportCancelledError between two of them.
    """
    progress = _Progress(database, started.export_id, clock, notice, language)
    write = _csv if started.format == "csv" else _xlsx
    try:
        async for piece in write(database, started.segment_id, progress):
            yield piece
    except ExportCancelledError:
        raise
    except Exception:  # whatever it is, whoever looks at the export must see that it has ended
        with suppress(UnavailableError):  # then it is seen to stand still
            await progress.note("failed")
        raise
    await progress.note("done")


def contacts_of(page: Sequence[Card]) -> list[UUID]:
    """All contacts whose data are on the cards."""
    return [contact_id for card in page for contact_id in card.contact_ids]


async def _csv(database: Database, segment_id: UUID, progress: _Progress) -> AsyncIterator[bytes]:
    """The heading first, then a piece for each page."""
    definitions = await _definitions(database)
    yield (BOM + csv_lines([heading(definitions, progress.language)])).encode()
    async for page in _pages(database, segment_id, limit=MAX_IN_CSV):
        lines = await asyncio.to_thread(_lines, page, definitions)
        await progress.noticed(page)
        yield lines.encode()
        await progress.moved(len(page))


async def _xlsx(database: Database, segment_id: UUID, progress: _Progress) -> AsyncIterator[bytes]:
    """It is written whole before the first piece."""
    definitions = await _definitions(database)
    with SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        book = XlsxFile(file)
        try:
            book.begin_sheet(
                SHEET.said(progress.language or "en"), heading(definitions, progress.language)
            )
            async for page in _pages(database, segment_id, limit=MAX_IN_XLSX):
                await progress.noticed(page)
                await asyncio.to_thread(_writer(book, page, definitions))
                await progress.moved(len(page))
        finally:
            await asyncio.to_thread(book.close)
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
            await progress.moved(0)


def _lines(page: Sequence[Card], definitions: Sequence[FieldDefinition]) -> str:
    return csv_lines(cells(card, definitions) for card in page)


def _writer(
    book: XlsxFile, page: Sequence[Card], definitions: Sequence[FieldDefinition]
) -> Callable[[], None]:
    return lambda: book.add_rows(cells(card, definitions) for card in page)


async def _definitions(database: Database) -> list[FieldDefinition]:
    async with reading(database) as session:
        return await list_field_definitions(session)


async def _pages(
    database: Database, segment_id: UUID, *, limit: int
) -> AsyncIterator[Sequence[Card]]:
    after: UUID | None = None
    exported = 0
    while exported < limit:
        async with reading(database) as session:
            page = await persons.list_members(
                session, segment_id, after=after, limit=min(_AT_ONCE, limit - exported)
            )
        if page:
            yield page
            after = page[-1].person_id
            exported += len(page)
        if len(page) < _AT_ONCE:
            return
