"""Cells of an XLSX sheet that hold no value and yet are not empty, as readers of values show them.

ECMA-376, part 1, section 18.3.1.4: a cell `c` is at `r`, of the type `t`, and has a formula `f` and
a value `v`; of the type `e` the value is an error, of `str` the text that a formula came to.
"""

import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import Final, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

UNSTORED: Final = "="  # what a formula without a value is shown as
MOST_FLAWS: Final = 1000
_CHUNK: Final = 1_048_576  # bytes
_TAIL: Final = 64  # bytes: a sign of a flaw is shorter
_LONGEST_ERROR: Final = 40  # characters
_SIGNS: Final = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]|\bt\s*=\s*[\"']e[\"']")
_HINTS: Final = (b"<f", b":f", b'"e"', b"'e'")  # no sign without one; found five times as fast
_BOOK: Final = "xl/workbook.xml"
_PLACE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# What reading a broken archive, or another one, raises.
BROKEN: Final = (
    BadZipFile,
    KeyError,
    StopIteration,
    ExpatError,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    zlib.error,
)
_OTHER_CHARSET: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


class NotXlsxError(Exception):
    """The file is a workbook of another kind, of which flaws cannot be told."""


class Flaw(NamedTuple):
    """`row` and `column` count from 1; `text` is the error, or UNSTORED."""

    row: int
    column: int
    text: str


def flaws_of(raw: bytes, sheet: str) -> list[Flaw]:
    """In the order of the sheet, the first MOST_FLAWS. Raises NotXlsxError."""
    try:
        with ZipFile(io.BytesIO(raw)) as archive:
            path = path_of(archive, sheet)
            return _read(archive, path) if _has_signs(archive, path) else []
    except BROKEN as error:
        raise NotXlsxError("the workbook is no XLSX, or broken: save it as one") from error


def path_of(archive: ZipFile, sheet: str | None) -> str:
    """Where a sheet, or the first one, lies in the file. Raises KeyError, ExpatError."""
    relations = {
        part["Id"]: part["Target"]
        for part in _attributes(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    }
    for part in _attributes(archive, _BOOK, "sheet"):
        if sheet is None or part.get("name") == sheet:
            relation = next(value for name, value in part.items() if name.endswith(" id"))
            return normpath(join("/xl", relations[relation])).lstrip("/")
    raise KeyError(sheet or _BOOK)


def _attributes(archive: ZipFile, path: str, tag: str) -> list[dict[str, str]]:
    members: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == tag:
            members.append(attributes)

    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.Parse(archive.read(path), True)
    return members


def _has_signs(archive: ZipFile, path: str) -> bool:
    """Most sheets have no formula and no error: looking for one costs less than reading all."""
    with archive.open(path) as file:
        before = b""
        while chunk := file.read(_CHUNK):
            text = before + chunk
            if any(hint in text for hint in _HINTS) and _SIGNS.search(text):
                return True
            if not before and text.startswith(_OTHER_CHARSET):
                return True
            before = text[-_TAIL:]
    return False


def _read(archive: ZipFile, path: str) -> list[Flaw]:
    reader = _Reader()
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    with archive.open(path) as file:
        while (chunk := file.read(_CHUNK)) and len(reader.flaws) < MOST_FLAWS:
            parser.Parse(chunk, False)
    return reader.flaws[:MOST_FLAWS]


@dataclass(slots=True)
class _Reader:
    """Where it is in the sheet, and what the present cell has been seen to hold."""

    flaws: list[Flaw] = field(default_factory=list)
    row: int = 0
    column: int = 0
    kind: str = ""
    is_computed: bool = False
    is_in_value: bool = False
    value: str = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match _local(name):
            case "row":
                number = attributes.get("r", "")
                self.row = int(number) if number.isdecimal() else self.row + 1
                self.column = 0
            case "c":
                self._go_to(attributes.get("r", ""))
                self.kind = attributes.get("t", "n")
                self.is_computed, self.value = False, ""
            case "f":
                self.is_computed = True
            case "v":
                self.is_in_value = True

    def data(self, text: str) -> None:
        if self.is_in_value and len(self.value) < _LONGEST_ERROR:
            self.value += text

    def end(self, name: str) -> None:
        match _local(name):
            case "v":
                self.is_in_value = False
            case "c" if self.kind == "e":
                self.flaws.append(Flaw(self.row, self.column, self.value[:_LONGEST_ERROR]))
            case "c" if self.is_computed and self.kind != "str" and not self.value.strip():
                self.flaws.append(Flaw(self.row, self.column, UNSTORED))

    def _go_to(self, place: str) -> None:
        """Cells may leave out where they are: then they follow one another."""
        self.column += 1
        if parts := _PLACE.fullmatch(place):
            self.row = int(parts[2])
            self.column = 0
            for letter in parts[1]:
                self.column = 26 * self.column + ord(letter) - ord("A") + 1


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
