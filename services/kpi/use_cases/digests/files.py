"""A report as files: a workbook with a sheet for each part, or a table for each."""

from collections.abc import Iterator, Sequence
from typing import IO, Final, NamedTuple

from services.kpi.domain.exports import about as words
from services.kpi.use_cases.digests.parts import Part
from services.kpi.use_cases.exports import Sheet, csv_file, require_exportable, workbook
from shared.spreadsheets import CSV_TYPE, XLSX_TYPE

LONGEST_SHEET_TITLE: Final = 31  # characters, of the format
FILES: Final = ("xlsx", "csv")


class File(NamedTuple):
    name: str
    media_type: str
    content: bytes


def files_of(parts: Sequence[Part], kinds: Sequence[str], language: str) -> Iterator[File]:
    """Computes and writes: call it in a thread. Raises ReportTooLargeError."""
    for part in parts:
        require_exportable(len(part.rows), len(part.heading))
    if "xlsx" in kinds:
        yield File("report.xlsx", XLSX_TYPE, _content(_workbook(parts, language)))
    if "csv" in kinds:
        for number, part in enumerate(parts, 1):
            sheet = Sheet(part.title, part.heading, part.rows)
            yield File(f"{number}-{part.file_name}", CSV_TYPE, _content(csv_file(sheet)))


def _workbook(parts: Sequence[Part], language: str) -> IO[bytes]:
    sheets = [
        Sheet(f"{number}. {part.title}"[:LONGEST_SHEET_TITLE], part.heading, part.rows)
        for number, part in enumerate(parts, 1)
    ]
    rows = [(str(number), *pair) for number, part in enumerate(parts, 1) for pair in part.about]
    heading = ["№", *(name.said(language) for name in words.HEADING)]
    return workbook([*sheets, Sheet(words.SHEET.said(language), heading, rows)])


def _content(file: IO[bytes]) -> bytes:
    with file:
        return file.read()
