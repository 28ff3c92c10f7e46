"""Whether an XLSX sheet has more rows than are taken, told before its cells are in memory.

Only what surely has too many is told so: whoever reads the sheet says what else is wrong with it.
"""

import io
import re
from typing import Final
from zipfile import ZipFile

from shared.workbook_flaws import BROKEN, path_of

_CHUNK: Final = 1_048_576  # bytes
_TAIL: Final = 64  # bytes: no sign is longer
_ROW: Final = re.compile(rb"<(?:[\w.-]+:)?row[\s/>]")
_VALUE: Final = re.compile(rb"<(?:[\w.-]+:)?(?:v|is)[\s>]")


def exceeds(raw: bytes, sheet: str | None, most: int) -> bool:
    """Whether more rows of the named sheet, or of the first one, hold a value."""
    try:
        with ZipFile(io.BytesIO(raw)) as archive:
            return _exceeds(archive, path_of(archive, sheet), most)
    except BROKEN:
        return False


def _exceeds(archive: ZipFile, path: str, most: int) -> bool:
    """In pieces that end before a tag, of which a sign is told by its beginning."""
    rows, rest = 0, b""
    is_open = False  # whether a row has begun in which no value has been seen
    with archive.open(path) as file:
        while rows <= most and (chunk := file.read(_CHUNK)):
            text = rest + chunk
            end = max(text.rfind(b"<"), 0)
            rest = text[end : end + _TAIL]
            before, *begun = _ROW.split(text[:end])
            parts = [before, *begun] if is_open else begun
            has_value = [_VALUE.search(part) is not None for part in parts]
            rows += sum(has_value)
            is_open = not has_value[-1] if parts else False
    return rows > most
