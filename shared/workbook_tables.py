"""The table of a workbook as text, read by a process apart, where memory and time are bounded."""

import json
import pickle
from typing import Final

from shared.sandbox.process import Sandbox, SandboxError
from shared.sheets import SheetError

TARGET: Final = "shared.workbooks:csv_of"
WORKBOOK_SECONDS: Final = 20.0  # of CPU time, to read a workbook


async def table_of(sandbox: Sandbox, content: bytes, sheet: str | None) -> str:
    """The named sheet, or the first one, as CSV. Raises SheetError, UnavailableError."""
    request = pickle.dumps((content, sheet))
    try:
        answer = json.loads(await sandbox.call(request, cpu_seconds=WORKBOOK_SECONDS))
    except SandboxError as error:
        detail = "the workbook cannot be read: it is too large, or broken"
        raise SheetError(detail) from error
    if "error" in answer:
        raise SheetError(answer["error"])
    return str(answer["csv"])
