"""Workbooks that unfold: small files whose cells, words or markup would fill any memory.

Each ends in a word of what is wrong, within the time and memory that reading a plan's file or an
imported list has, and the next workbook is read by the same reader.
"""

import io
from collections.abc import Callable, Iterator
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from services.intake.use_cases.importing import MAX_WORKBOOK_BYTES, MAX_WORKBOOK_TEXT
from services.kpi.domain.plan.files import MAX_FILE_ROWS
from services.kpi.routes.plan_files import MAX_PLAN_READING_BYTES, MAX_PLAN_TEXT
from shared.sandbox.process import Sandbox
from shared.sheets import SheetError
from shared.workbook_tables import TARGET, TARGET_WITH_FLAWS, table_of, table_with_flaws

pytestmark = pytest.mark.attacks
MOST_BYTES: Final = 8 * 1_048_576  # of a bomb as it is sent
MIB: Final = 1_048_576
NAME: Final = "xl/worksheets/sheet1.xml"
OPEN: Final = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
CLOSE: Final = b"</sheetData></worksheet>"
WORDS: Final = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def honest() -> dict[str, bytes]:
    """The parts of a workbook with one cell."""
    file = io.BytesIO()
    workbook = Workbook()
    workbook.active["A1"] = "measure"  # type: ignore[index]
    workbook.save(file)
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


BOOK: Final = honest()


def packed(*parts: tuple[str, Iterator[bytes]]) -> bytes:
    """A workbook whose parts are written piece by piece, in place of the usual ones."""
    file = io.BytesIO()
    names = [name for name, _ in parts]
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in BOOK.items():
            if name not in names:
                archive.writestr(name, content)
        for name, pieces in parts:
            with archive.open(name, "w") as part:
                for piece in pieces:
                    part.write(piece)
    assert len(file.getvalue()) < MOST_BYTES
    return file.getvalue()


def repeated(begin: bytes, piece: bytes, number: int, end: bytes) -> Iterator[bytes]:
    yield begin
    for _ in range(number):
        yield piece
    yield end


def far_cell() -> bytes:
    return packed((NAME, iter([OPEN, b'<row><c r="XFD1048576"><v>1</v></c></row>', CLOSE])))


def two_corners() -> bytes:
    rows = (
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="200001"><c r="GR200001"><v>1</v></c></row>'
    )
    return packed((NAME, iter([OPEN, rows, CLOSE])))


def unnamed_places() -> bytes:
    """Cells that do not say where they are: one long row, and many of one cell."""
    wide = b"<row>" + b"<c><v>1</v></c>" * 16_384 + b"</row>"
    return packed((NAME, repeated(OPEN + wide, b"<row><c><v>1</v></c></row>" * 1000, 200, CLOSE)))


def blanks() -> bytes:
    """600 MiB of nothing between two cells: they shrink a thousand times."""
    return packed((NAME, repeated(OPEN, b" " * MIB, 600, CLOSE)))


def rows_without_end() -> bytes:
    row = b"<row><c><v>1</v></c></row>"
    return packed((NAME, repeated(OPEN, row * 40_000, 400, CLOSE)))


def shared_words() -> bytes:
    """600 MiB of words that no cell uses."""
    word = b"<si><t>" + b"x" * 32_000 + b"</t></si>"
    return packed(("xl/sharedStrings.xml", repeated(WORDS, word * 32, 615, b"</sst>")))


def one_word_everywhere() -> bytes:
    """One long word that very many cells use."""
    words = [WORDS, b"<si><t>" + b"x" * 32_000 + b"</t></si></sst>"]
    row = b"<row>" + b'<c t="s"><v>0</v></c>' * 100 + b"</row>"
    return packed(
        ("xl/sharedStrings.xml", iter(words)), (NAME, repeated(OPEN, row * 10, 100, CLOSE))
    )


def entities() -> bytes:
    """Words that stand for ten others each, in the part that is parsed first and in the sheet."""
    levels = b"".join(
        b'<!ENTITY e%d "%s">' % (number, b"&e%d;" % (number - 1) * 10) for number in range(1, 12)
    )
    kinds = b'<!DOCTYPE x [<!ENTITY e0 "xxxxxxxxxx">' + levels + b"]>"
    cell = b'<row r="1"><c r="A1" t="e"><v>&e11;</v></c></row>'
    book = BOOK["xl/workbook.xml"].replace(b'name="Sheet"', b'name="&e11;"')
    return packed(
        (NAME, iter([kinds, OPEN, cell, CLOSE])), ("xl/workbook.xml", iter([kinds, book]))
    )


def depth() -> bytes:
    """Tags in tags, fifty million deep."""
    return packed((NAME, repeated(OPEN, b"<row>" * 100_000, 500, CLOSE)))


def large_index() -> bytes:
    """A list of sheets of 600 MiB."""
    begin, end = BOOK["xl/workbook.xml"].split(b"<sheets>")
    return packed(("xl/workbook.xml", repeated(begin + b"<sheets>", b" " * MIB, 600, end)))


def of_lying_size(raw: bytes) -> bytes:
    """The same, with a sheet that is said to have a hundred bytes."""
    place = raw.rindex(NAME.encode()) - 46  # of its entry in the directory: APPNOTE.TXT, 4.3.12
    assert raw[place : place + 4] == b"PK\x01\x02"
    return raw[: place + 24] + (100).to_bytes(4, "little") + raw[place + 28 :]


def blanks_of_lying_size() -> bytes:
    return of_lying_size(blanks())


TOO_MUCH: Final = "the workbook cannot be read: it is too large, or broken"
BOMBS: Final = {
    far_cell: "has a value in column XFD: the first 200 columns are taken",
    two_corners: (
        "reaches to row 200001 and column GR, which makes 40000200 cells; 8000000 are the most"
    ),
    unnamed_places: TOO_MUCH,
    blanks: "unfolds to 600 MiB; 512 MiB are the most",
    blanks_of_lying_size: "the workbook cannot be read: it is none, or broken",
    rows_without_end: "has more than 200000 rows",
    shared_words: "unfolds to 600 MiB; 512 MiB are the most",
    one_word_everywhere: TOO_MUCH,
    entities: "the workbook cannot be read: it is none, or broken",
    depth: "has more than 200000 rows",
    large_index: "unfolds to 600 MiB; 512 MiB are the most",
}


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
async def test_a_bomb_ends_in_a_word(bomb: Callable[[], bytes]) -> None:
    sandbox = Sandbox(
        TARGET_WITH_FLAWS, memory_bytes=MAX_PLAN_READING_BYTES, answer_bytes=MAX_PLAN_TEXT
    )
    try:
        with pytest.raises(SheetError) as refusal:
            await table_with_flaws(sandbox, bomb(), None, MAX_FILE_ROWS)
        assert str(refusal.value) == BOMBS[bomb]
        text, _ = await table_with_flaws(sandbox, packed(), None, MAX_FILE_ROWS)
        assert text == "measure\r\n"
    finally:
        await sandbox.close()


BOMBS_AS_LISTS: Final = {
    far_cell: "the workbook has a value in column XFD: the first 200 columns are taken",
    two_corners: (
        "the workbook reaches to row 200001 and column GR, which makes 40000200 cells; 32000000"
        " are the most"
    ),
    blanks: "the workbook unfolds to 600 MiB; 512 MiB are the most",
    rows_without_end: "the workbook has more than 1048575 rows",
    one_word_everywhere: TOO_MUCH,
}


@pytest.mark.parametrize("bomb", BOMBS_AS_LISTS, ids=lambda bomb: bomb.__name__)
async def test_a_bomb_as_a_list_ends_in_a_word(bomb: Callable[[], bytes]) -> None:
    sandbox = Sandbox(TARGET, memory_bytes=MAX_WORKBOOK_BYTES, answer_bytes=MAX_WORKBOOK_TEXT)
    try:
        with pytest.raises(SheetError) as refusal:
            await table_of(sandbox, bomb(), None)
        assert str(refusal.value) == BOMBS_AS_LISTS[bomb]
        assert await table_of(sandbox, packed(), None) == "measure\r\n"
    finally:
        await sandbox.close()
