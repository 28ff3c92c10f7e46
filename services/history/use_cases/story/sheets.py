"""One customer's story as a workbook: what happened, the leads, who has read of it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO
from zoneinfo import ZoneInfo

from services.history.domain.search.documents import Item
from services.history.domain.story.sentences import (
    actor_of,
    details_of,
    manager_of,
    reading_of,
    title_of,
)
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


async def workbook(database: Database, story: Story, *, language: str, zone: ZoneInfo) -> IO[bytes]:
    """The workbook, from its beginning; times are of the zone. The caller closes it."""
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  the caller closes it
    words = _SHEETS[language]
    try:
        book = await asyncio.to_thread(XlsxFile, file)
        await asyncio.to_thread(book.begin_sheet, *words["items"])
        room = MAX_ITEMS
        async for items in pages(database, story):
            rows = [_row(item, story, language, zone) for item in items[:room]]
            await asyncio.to_thread(book.add_rows, rows)
            if len(items) > room:
                await asyncio.to_thread(book.add_rows, [(None, words["cut"][0])])
            room = max(0, room - len(items))
        await asyncio.to_thread(_finish, book, story, language, zone)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _finish(book: XlsxFile, story: Story, language: str, zone: ZoneInfo) -> None:
    words, managers = _SHEETS[language], story.managers
    book.begin_sheet(*words["leads"])
    book.add_rows(
        [
            _text(lead.lead_id),
            manager_of(lead.owner_id, managers) or None,
            _text(lead.merged_into),
            _text(lead.contact_id),
        ]
        for lead in story.leads
    )
    if story.scope.sees_all:
        book.begin_sheet(*words["reads"])
        book.add_rows(
            [
                _moment(note.at, zone),
                actor_of(note.actor, language, managers),
                note.role,
                reading_of(note.what, language),
            ]
            for note in story.reads
        )
    book.close()


def _row(item: Item, story: Story, language: str, zone: ZoneInfo) -> Sequence[Cell]:
    details = (f"{part.label}: {part.text}" for part in details_of(item, language, story.managers))
    return [
        _moment(item.at, zone),
        title_of(item, language),
        actor_of(item.actor, language, story.managers),
        item.text,
        "; ".join(details),
        _text(item.lead_id),
        _text(item.inquiry_id),
    ]


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
