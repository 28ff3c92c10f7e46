"""One customer's story as a workbook: what happened, the leads, who has read of it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO

from services.history.domain.search.documents import Item
from services.history.domain.story.details import details_of
from services.history.domain.story.sentences import actor_of, manager_of, reading_of, title_of
from services.history.domain.story.voice import Voice
from services.history.use_cases.story.reading import MAX_ITEMS, Story, pages
from shared.database import Database
from shared.spreadsheets import Cell, XlsxFile

_IN_MEMORY = 4_194_304  # bytes of a workbook; a larger one is kept in a file
_SHEETS = {
    "ru": {
        "items": ("События", ("Когда", "Что", "Кто", "Слова", "Сведения", "Лид", "Обращение")),
        "leads": ("Лиды", ("Лид", "Менеджер", "Объединён с", "Контакт")),
        "reads": ("Кто смотрел", ("Когда", "Кто", "Роль", "Что")),
        "cut": ("Показаны не все события", ""),
    },
    "en": {
        "items": ("Events", ("When", "What", "Who", "Words", "Details", "Lead", "Inquiry")),
        "leads": ("Leads", ("Lead", "Manager", "Merged into", "Contact")),
        "reads": ("Readings", ("When", "Who", "Role", "What")),
        "cut": ("Not all events are shown", ""),
    },
}


async def workbook(database: Database, story: Story, voice: Voice) -> IO[bytes]:
    """The workbook, from its beginning. The caller closes it."""
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  the caller closes it
    words = _SHEETS[voice.language]
    try:
        book = await asyncio.to_thread(XlsxFile, file)
        await asyncio.to_thread(book.begin_sheet, *words["items"])
        room = MAX_ITEMS
        async for items in pages(database, story):
            rows = [_row(item, voice) for item in items[:room]]
            await asyncio.to_thread(book.add_rows, rows)
            if len(items) > room:
                await asyncio.to_thread(book.add_rows, [(None, words["cut"][0])])
            room = max(0, room - len(items))
        await asyncio.to_thread(_finish, book, story, voice)
    except BaseException:  # a request that is cut off leaves no file behind, either
        file.close()
        raise
    file.seek(0)
    return file


def _finish(book: XlsxFile, story: Story, voice: Voice) -> None:
    words = _SHEETS[voice.language]
    book.begin_sheet(*words["leads"])
    book.add_rows(
        [
            _text(lead.lead_id),
            manager_of(lead.owner_id, voice) or None,
            _text(lead.merged_into),
            _text(lead.contact_id),
        ]
        for lead in story.leads
    )
    if story.scope.sees_all:
        book.begin_sheet(*words["reads"])
        book.add_rows(
            [
                _moment(note.at, voice),
                actor_of(note.actor, voice),
                actor_of(note.role, voice),
                reading_of(note.what, voice),
            ]
            for note in story.reads
        )
    book.close()


def _row(item: Item, voice: Voice) -> Sequence[Cell]:
    details = (f"{part.label}: {part.text}" for part in details_of(item, voice))
    return [
        _moment(item.at, voice),
        title_of(item, voice),
        actor_of(item.actor, voice),
        item.text,
        "; ".join(details),
        _text(item.lead_id),
        _text(item.inquiry_id),
    ]


def _moment(at: datetime, voice: Voice) -> str:
    return at.astimezone(voice.zone).strftime("%Y-%m-%d %H:%M:%S")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
