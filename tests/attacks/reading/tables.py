"""Mischief in tables that somebody imports, in orders, and in the ids by which mails answer one
another.
"""

import io
import pickle
from zipfile import ZIP_DEFLATED, ZipFile

from services.intake.channels.generic import generic_json, native
from services.intake.channels.parsing import purchases
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.domain import imports, renormalising, threads
from services.intake.domain.mail_ids import MailIds
from services.intake.domain.requests import Draft
from shared import sheets, workbooks
from tests.attacks.reading.row import Hostile, Row, as_bytes, between, flood, numbered, rows
from tests.attacks.reading.words import TEXTS
from tests.unit.intake.providers.sample import NOON
from tests.unit.intake.samples import source

SHEETS: dict[str, Hostile] = {
    "columns": flood("a;"),
    "columns of one name": between("", "a,", "\n1"),
    "columns of many names": numbered("c{};"),
    "rows": flood("a;b\n"),
    "empty rows": flood(";;;;\n"),
    "rows without an end": between("a;b\n", '"'),
    "quotes": flood('"'),
    "doubled quotes": between('a\n"', '""', '"'),
    "line ends in a cell": between('a\n"', "\n", '"'),
    "carriage returns": flood("\r"),
    "one cell": flood("a"),
    "every delimiter": flood(";,\t|"),
    "delimiters that change": flood("a;b\na,b\na|b\n"),
    "blanks": flood(" "),
    "long rows below a short head": between("a\n", "b;", ""),
    "nulls": flood("\0"),
}
BYTES: dict[str, Hostile] = {
    **{name: as_bytes(SHEETS[name]) for name in ("rows", "quotes", "one cell")},
    "of one byte": lambda n: b"\xd4\xf0\xe0;" * (n // 4),
    "of no charset": lambda n: bytes(range(128, 256)) * (n // 128),
    "damaged": lambda n: "я;".encode() * (n // 3) + b"\xd4",
    "a mark of UTF-16": lambda n: b"\xff\xfe" + b"\xd8\x00" * (n // 2),
    "nulls": lambda n: b"\0" * n,
}
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml"'
    ' ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r"'
    f' Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
    '<sheet name="a" sheetId="1" r:id="s"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship'
    f' Id="s" Type="{_RELATIONS}/worksheet" Target="worksheets/a.xml"/></Relationships>',
}


ORDERS: dict[str, Hostile] = {
    "an amount": lambda n: {"purchase": {"order_id": "1", "amount": "9" * n}},
    "an id": lambda n: {"purchase": {"order_id": "a" * n}},
    "words": lambda n: {"purchase": {"order_id": "1", "reason": "a " * (n // 2)}},
    "phones": lambda n: {
        "purchase": {"order_id": "1"},
        "contact": {"phones": ["12345"] * (n // 8)},
    },
}


def _workbook(rows_of: Hostile) -> Hostile:
    """A file whose only sheet holds these rows; it is about a tenth as large as they are."""

    def made(size: int) -> bytes:
        file = io.BytesIO()
        sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows_of(size)}</sheetData></worksheet>'
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for name, text in {**_PARTS, "xl/worksheets/a.xml": sheet}.items():
                archive.writestr(name, text)
        return file.getvalue()

    return made


_CELL = '<c t="inlineStr"><is><t>a</t></is></c>'
WORKBOOKS: dict[str, Hostile] = {
    "cells": _workbook(between("<row>", _CELL, "</row>")),
    "rows": _workbook(flood(f"<row>{_CELL}</row>")),
    "numbers": _workbook(flood("<row><c><v>1e308</v></c></row>")),
    "errors": _workbook(flood('<row><c t="e"><f>1/0</f><v>#DIV/0!</v></c></row>')),
    "formulas": _workbook(flood("<row><c><f>1</f><v>1</v></c></row>")),
    "a value in the last cell": _workbook(
        between("", "<row/>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    ),
    "elements within elements": _workbook(flood("<row>")),
    "no workbook": lambda n: b"PK\3\4" * (n // 4),
    "no archive": lambda n: b"\0" * n,
}


def _sheet(text: str) -> None:
    try:
        list(sheets.sheet_of(text).rows())
    except sheets.SheetError:
        return


def _text(raw: bytes) -> None:
    try:
        sheets.text_of_sheet(raw)
    except sheets.SheetError:
        return


def _answers(identifiers: list[str]) -> None:
    digests = [identifier.encode() for identifier in identifiers]
    threads.answered_by(MailIds(), Draft(channel="email"), {}, digests)


TABLES: tuple[Row, ...] = (
    *rows(sheets.sheet_of, SHEETS, read=_sheet),
    *rows(sheets.delimiter_of, SHEETS),
    *rows(sheets.text_of_sheet, BYTES, read=_text),
    *rows(
        workbooks.csv_of,
        WORKBOOKS,
        read=lambda file: workbooks.csv_of(pickle.dumps((file, None))),
    ),
    *rows(
        workbooks.csv_and_flaws_of,
        WORKBOOKS,
        read=lambda file: workbooks.csv_and_flaws_of(pickle.dumps((file, None, 1000))),
    ),
    *rows(workbooks.cell_text, TEXTS),
    *rows(imports.harmless, TEXTS),
    *rows(
        generic_json.read_labelled,
        {
            "labels": lambda n: {f"phone_{number}": "+79211234567" for number in range(n // 30)},
            "holders": lambda n: {"data": {"lead": {"contact": {"text": "a" * n}}}},
            "texts": lambda n: {f"text_{number}": "a" for number in range(n // 15)},
        },
        read=lambda values: generic_json.read_labelled(DraftBuilder("RU"), values),
    ),
    *rows(
        purchases.purchase_content,
        ORDERS,
        read=lambda values: purchases.purchase_content(values, source("native"), bought_at=NOON),
    ),
    *rows(native.as_purchase, ORDERS),
    *rows(
        renormalising.leaves,
        {
            "members": lambda n: {f"k{number}": number for number in range(n // 10)},
            "objects": lambda n: {f"k{number}": {"a": "b"} for number in range(n // 20)},
        },
        read=lambda tree: list(renormalising.leaves(tree, {}, "fields")),
    ),
    *rows(threads.person_digest, TEXTS),
    *rows(threads.digests_of, {"many": lambda n: [f"a{number}@b.c" for number in range(n // 12)]}),
    *rows(
        threads.answered_by,
        {"many": lambda n: [f"<{number}@x>" for number in range(n // 12)]},
        read=_answers,
    ),
)  # fmt: skip
