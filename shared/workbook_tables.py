"""The table of a workbook as text, read by a process apart, where memory and time are bounded."""

import json
import pickle
from typing import Any, Final

from shared.sandbox.process import Sandbox, SandboxError
from shared.sheets import SheetError
from shared.workbook_flaws import Flaw

TARGET: Final = "shared.workbooks:csv_of"
TARGET_WITH_FLAWS: Final = "shared.workbooks:csv_and_flaws_of"
WORKBOOK_SECONDS: Final = 20.0  # of CPU time, to read a workbook


async def table_of(sandbox: Sandbox, content: bytes, sheet: str | None) -> str:
    """The named sheet, or the first one, as CSV. Raises SheetError, UnavailableError."""
    return str((await _answer(sandbox, (content, sheet)))["csv"])


async def table_with_flaws(
    sandbox: Sandbox, content: bytes, sheet: str | None, most_rows: int
) -> tuple[str, list[Flaw]]:
    """The same of an XLSX, and its cells that are no value: their columns are those of the CSV.
    Raises SheetError, where it has more rows before all of it is read; UnavailableError.
    """
    answer = await _answer(sandbox, (content, sheet, most_rows))
    return str(answer["csv"]), [Flaw(*flaw) for flaw in answer["flaws"]]


async def _answer(sandbox: Sandbox, request: tuple[Any, ...]) -> dict[str, Any]:
    """Raises SheetError, UnavailableError."""
    try:
        raw = await sandbox.call(pickle.dumps(request), cpu_seconds=WORKBOOK_SECONDS)
        answer = json.loads(raw)
    except SandboxError as error:
        detail = "the workbook cannot be read: it is too large, or broken"
        raise SheetError(detail) from error
    if "error" in answer:
        raise SheetError(answer["error"])
    return dict(answer)
