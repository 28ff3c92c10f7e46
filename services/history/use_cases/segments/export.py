"""Exports the members of a segment as a table, page by page: nothing is held whole in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from tempfile import SpooledTemporaryFile
from uuid import UUID

from services.history.domain.labels import FieldDefinition
from services.history.domain.segments.export import cells, heading
from services.history.repository.cards import cards
from services.history.repository.cards.cards import Card, CardFilter
from services.history.repository.cards.definitions import list_field_definitions
from services.history.repository.segments import segments
from services.history.repository.segments.segments import Segment
from shared.database import Database, Session, reading
from shared.errors import TooLargeError
from shared.spreadsheets import BOM, XlsxFile, csv_lines

MAX_EXPORTED = 200_000  # persons of one export
_AT_ONCE = 1_000
_MEMORY_BYTES = 1_048_576  # of a workbook; a larger one lies on disk
_PIECE_BYTES = 262_144


class TooManyToExportError(TooLargeError):
    """The segment has more members than one table takes."""


async def require_exportable(session: Session, segment_id: UUID) -> Segment:
    """Raises NotFoundError, TooManyToExportError."""
    segment = await segments.get_segment(session, segment_id)
    if segment.member_count > MAX_EXPORTED:
        raise TooManyToExportError(f"An export has at most {MAX_EXPORTED} persons.")
    return segment


async def csv_export(database: Database, segment_id: UUID) -> AsyncIterator[str]:
    """The members as CSV in pieces: one with the heading first, then one for each page."""
    definitions = await _definitions(database)
    yield BOM + csv_lines([heading(definitions)])
    async for page in _pages(database, segment_id):
        yield csv_lines(cells(card, definitions) for card in page)


async def xlsx_export(database: Database, segment_id: UUID) -> AsyncIterator[bytes]:
    """The members as a workbook in pieces; it is written whole before the first of them."""
    definitions = await _definitions(database)
    with SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        book = XlsxFile(file)
        try:
            book.begin_sheet("Contacts", heading(definitions))
            async for page in _pages(database, segment_id):
                await asyncio.to_thread(_writer(book, page, definitions))
        finally:
            await asyncio.to_thread(book.close)
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece


def _writer(
    book: XlsxFile, page: Sequence[Card], definitions: Sequence[FieldDefinition]
) -> Callable[[], None]:
    return lambda: book.add_rows(cells(card, definitions) for card in page)


async def _definitions(database: Database) -> list[FieldDefinition]:
    async with reading(database) as session:
        return await list_field_definitions(session)


async def _pages(database: Database, segment_id: UUID) -> AsyncIterator[Sequence[Card]]:
    after: tuple[UUID] | None = None
    exported = 0
    while exported < MAX_EXPORTED:
        async with reading(database) as session:
            page = await cards.list_cards(
                session,
                CardFilter(segment_id=segment_id),
                sort=cards.SORTS["person_id"],
                after=after,
                limit=min(_AT_ONCE, MAX_EXPORTED - exported),
            )
        if page:
            yield page
            after = (page[-1].person_id,)
            exported += len(page)
        if len(page) < _AT_ONCE:
            return
