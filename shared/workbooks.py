"""Entry point of the process apart that reads workbooks: a pickled file in, its table as CSV out.

A workbook is compressed and may unfold to any size, so it is read where both are bounded.
"""

import csv
import io
import json
import pickle
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from shared.workbook_flaws import Flaw, NotXlsxError, flaws_of
from shared.workbook_rows import FORMAT_ROWS, MAX_LIST_CELLS, excess_of

_WHOLE_BELOW: Final = 10**15


def csv_of(request: bytes) -> bytes:
    """A pickled (file, name of the sheet or None) → JSON {"csv"} or {"error"}."""
    # The request comes from our own process, so it may be unpickled.
    raw, name = pickle.loads(request)  # noqa: S301
    if (excess := excess_of(raw, name, FORMAT_ROWS - 1, MAX_LIST_CELLS)) is not None:
        return _json(error=f"the workbook {excess}")
    return _csv_of(raw, name, with_flaws=False)


def csv_and_flaws_of(request: bytes) -> bytes:
    """A pickled (file, name of the sheet or None, rows below the columns' names at most) → the same
    with `flaws`: [row, column, text] of cells of an XLSX that hold an error, or a formula without a
    value, all of which are empty in the CSV; both count from 1.
    """
    raw, name, most = pickle.loads(request)  # noqa: S301  as above
    if (excess := excess_of(raw, name, most)) is not None:
        return _json(error=excess)
    return _csv_of(raw, name, with_flaws=True)


def _csv_of(raw: bytes, name: str | None, *, with_flaws: bool) -> bytes:
    flaws: list[Flaw] = []
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        names = workbook.sheet_names
        if not names or (name is not None and name not in names):
            return _json(error="there is no such sheet; there are: " + ", ".join(names)[:500])
        sheet = workbook.get_sheet_by_name(name or names[0])
        if with_flaws:
            # Rows are those of the sheet, columns begin with the first that holds anything.
            _, margin = sheet.start or (0, 0)
            flaws = flaws_of(raw, sheet.name)
            flaws = [flaw._replace(column=flaw.column - margin) for flaw in flaws]
        out = io.StringIO()
        # Cells are in quotes where they hold a sign of the end of a line: a carriage return is one.
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerows(
            [cell if isinstance(cell, str) else cell_text(cell) for cell in row]
            for row in sheet.iter_rows()
        )
    except NotXlsxError as error:
        return _json(error=str(error))
    except (CalamineError, ValueError, OSError):
        return _json(error="the workbook cannot be read: it is none, or broken")
    return _json(csv=out.getvalue(), flaws=flaws) if with_flaws else _json(csv=out.getvalue())


def cell_text(cell: Any) -> str:
    """A cell as a person sees it: whole numbers without a fraction, moments in ISO 8601."""
    if isinstance(cell, float):
        return str(int(cell) if cell.is_integer() and abs(cell) < _WHOLE_BELOW else cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _json(**members: str | list[Flaw]) -> bytes:
    return json.dumps(members).encode("utf-8", "surrogatepass")
